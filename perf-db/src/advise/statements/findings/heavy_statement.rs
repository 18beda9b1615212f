use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::{Finding, units};

use super::{about, told};
use crate::advise::{Statement, Workload};

/// Of the time of all statements (pg-extras' default for outliers).
const HEAVY_SHARE: f64 = 0.33;

/// Less time in all says nothing: on a server that does nothing something has the largest share. One
/// hundredth of the time that was observed, on one core (our choice).
const BUSY_SHARE: f64 = 0.01;

/// Where one run takes less than this, runs are what there is too much of (pghero's bound of slow).
const QUICK_MEAN: Duration = Duration::from_millis(20);

/// A statement that takes a large part of all time.
pub(super) fn find(workload: &Workload, statement: &Statement) -> Option<Finding> {
    let impact = workload.impact(statement.time);
    let is_busy = statement.time.as_secs_f64() >= BUSY_SHARE * workload.observed.as_secs_f64();
    if impact.share < HEAVY_SHARE || !is_busy || statement.calls == 0 {
        return None;
    }
    let advice = match statement.mean() < QUICK_MEAN {
        true => {
            "it is quick and sent often: send it once for several values, or keep its answer in a \
             cache"
        }
        false => "look at its plan first: what it saves counts for more than anything else here",
    };
    let finding = about(FindingKind::HeavyStatement, statement)
        .severity(Severity::of_share(impact.share))
        .evidence("share of all time", units::percent(impact.share))
        .impact(impact)
        .advice(advice);
    Some(told(finding, statement))
}
