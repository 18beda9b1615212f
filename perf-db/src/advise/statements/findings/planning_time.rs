use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::{Finding, units};

use super::{Details, about, told};
use crate::advise::{Statement, Workload};

/// Planning beyond half of the time is what to look at first (the bound of plan viewers).
const PLANNING_SHARE: f64 = 0.50;

/// A plan that takes less to make is not worth a look by itself (the bound of plan viewers).
const SLOW_PLANNING: Duration = Duration::from_millis(10);

/// Unless there are so many that planning takes this part of all time, as [`Severity::Warning`] does.
const LARGE_SHARE: f64 = 0.10;

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
    let mean = crate::advise::statements::mean(planning.time, planning.plans);
    if statement.calls < ENOUGH_CALLS
        || share < PLANNING_SHARE
        || (mean < SLOW_PLANNING && impact.share < LARGE_SHARE)
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
        .evidence("mean time to plan", units::duration(mean))
        .evidence("plans", planning.plans.to_string())
        .impact(impact)
        .advice(advice);
    Some(told(finding, statement))
}
