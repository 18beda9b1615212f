use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::{Finding, units};

use super::{Details, about, told};
use crate::advise::statements::mean;
use crate::advise::{Statement, Workload};

/// Planning beyond half of the time is what to look at first (the bound of plan viewers).
const PLANNING_SHARE: f64 = 0.50;

/// A plan that takes less to make is not worth a look by itself (the bound of plan viewers).
const SLOW_PLANNING: Duration = Duration::from_millis(10);

/// Unless there are so many that planning takes this part of all time, as [`Severity::Warning`] does.
const LARGE_SHARE: f64 = 0.10;

/// … and a hundredth of a core, since on a server that has little to do anything is a large part (our
/// choice).
const WORTH_A_LOOK_PER_MINUTE: Duration = Duration::from_millis(600);

/// Fewer calls are those of a report or of a person (pghero's default).
const ENOUGH_CALLS: u64 = 100;

/// A statement that is planned for longer than it runs.
pub(super) fn find(
    workload: &Workload,
    statement: &Statement,
    details: &Details,
) -> Option<Finding> {
    let planning = details.planning?;
    let impact = workload.impact(planning.time);
    let share = planning.time.as_secs_f64() / statement.time.as_secs_f64().max(f64::MIN_POSITIVE);
    let mean_time = mean(planning.time, planning.plans);
    let is_large = impact.share >= LARGE_SHARE && impact.per_minute >= WORTH_A_LOOK_PER_MINUTE;
    if statement.calls < ENOUGH_CALLS
        || share < PLANNING_SHARE
        || (mean_time < SLOW_PLANNING && !is_large)
    {
        return None;
    }
    let advice = match planning.plans >= statement.calls / 2 {
        true => {
            "it is planned nearly each time it runs: send it as one text with parameters over \
             connections that keep prepared statements, so that the plan is made once for each"
        }
        false => {
            "its plan is dear to make: fewer partitions, joins or indexes to choose from make it \
             cheaper"
        }
    };
    let finding = about(FindingKind::PlanningTime, statement)
        .severity(Severity::of_share(impact.share))
        .evidence("planning", units::percent(share.min(1.0)))
        .evidence("mean time to plan", units::duration(mean_time))
        .evidence("plans", planning.plans.to_string())
        .impact(impact)
        .advice(advice);
    Some(told(finding, statement))
}

#[cfg(test)]
mod tests {
    use perf_core::Fingerprint;
    use perf_core::sync::Arc;

    use super::*;
    use crate::advise::statements::Planning;

    /// Whether it is found: 100 calls that take this many milliseconds each, of them so many to plan,
    /// on a server that spends the same on other things so many times.
    fn is_found(calls: u64, each: u64, planning: u64, others: u32) -> bool {
        is_found_within(80, calls, each, planning, others)
    }

    /// The same within so many seconds.
    fn is_found_within(seconds: u64, calls: u64, each: u64, planning: u64, others: u32) -> bool {
        let time = Duration::from_millis(each * calls);
        let statement = Statement {
            fingerprint: Fingerprint::of("select 1"),
            text: Arc::from("select 1"),
            query_id: None,
            calls,
            time,
            rows: 0,
            senders: Vec::new(),
        };
        let observed = Duration::from_secs(seconds);
        let workload = Workload { statements: Vec::new(), observed, time: time * (others + 1) };
        let planning = Planning { plans: calls, time: Duration::from_millis(planning * calls) };
        let details = Details { planning: Some(planning), temporary_bytes: 0 };
        find(&workload, &statement, &details).is_some()
    }

    #[test]
    fn planning_is_found_where_it_is_slow_or_a_large_part_of_all_time() {
        assert!(is_found(100, 20, 10, 1_000));
        assert!(!is_found(100, 21, 10, 1_000), "less than half of its time");
        assert!(!is_found(99, 20, 10, 1_000), "few calls");
        assert!(!is_found(100, 10, 9, 1_000), "quick, and little of all time");
        assert!(is_found(100, 10, 9, 7), "quick, and more than a tenth of all time");
        assert!(!is_found(100, 10, 9, 9));
        assert!(!is_found_within(100, 100, 10, 9, 7), "not a hundredth of a core");
    }
}
