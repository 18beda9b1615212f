use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;

use super::{about, told};
use crate::advise::{Statement, Workload};

/// A statement this slow on the average is worth a look (pghero's default).
const SLOW_MEAN: Duration = Duration::from_millis(20);

/// Fewer calls are those of a report or of a person (pghero's default).
const ENOUGH_CALLS: u64 = 100;

/// A statement that is slow by itself.
pub(super) fn find(workload: &Workload, statement: &Statement) -> Option<Finding> {
    if statement.calls < ENOUGH_CALLS || statement.mean() < SLOW_MEAN {
        return None;
    }
    let impact = workload.impact(statement.time);
    let finding = about(FindingKind::SlowQuery, statement)
        .severity(Severity::of_share(impact.share))
        .impact(impact)
        .advice(
            "look at its plan: explain (analyze, buffers) shows a scan that an index would spare, or \
             rows that are read and thrown away",
        );
    Some(told(finding, statement))
}
