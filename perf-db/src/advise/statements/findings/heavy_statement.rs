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

#[cfg(test)]
mod tests {
    use perf_core::Fingerprint;
    use perf_core::sync::Arc;

    use super::*;

    fn workload(time: Duration, observed: Duration) -> Workload {
        let statement = Statement {
            fingerprint: Fingerprint::of("select 1"),
            text: Arc::from("select 1"),
            query_id: None,
            calls: 10,
            time,
            rows: 10,
            senders: Vec::new(),
        };
        Workload { statements: vec![statement], observed, time: time * 2 }
    }

    #[test]
    fn on_a_server_that_does_nothing_no_statement_is_heavy() {
        for (time, is_heavy) in [(9, false), (11, true)] {
            let workload = workload(Duration::from_secs(time), Duration::from_secs(1_000));
            let found = find(&workload, &workload.statements[0]);
            assert_eq!(found.is_some(), is_heavy, "{time}");
        }
    }

    #[test]
    fn less_than_a_third_of_all_time_is_not_heavy() {
        let mut workload = workload(Duration::from_secs(100), Duration::from_secs(1_000));
        workload.time = Duration::from_secs(304);
        assert!(find(&workload, &workload.statements[0]).is_none());
        workload.time = Duration::from_secs(302);
        assert!(find(&workload, &workload.statements[0]).is_some());
    }
}
