use perf_core::finding::{Finding, FindingKind, Severity};
use perf_core::units;

use super::Context;
use super::found::With;
use crate::advise::plan::{NodeId, Plan};

/// Parallel workers that were planned and not there. Known of plans that were run only.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let workers = node.workers.filter(|_| node.kind.is_gather())?;
    let missing = workers.planned.checked_sub(workers.launched?).filter(|missing| *missing > 0)?;
    if node.is_never_executed() {
        return None;
    }
    // With all of them it would have been done by so many more hands.
    let hands = f64::from(workers.planned) + 1.0;
    let below = plan.total_time_share(id).unwrap_or(0.0);
    let share = below * f64::from(missing) / hands;
    Some(
        context
            .found(FindingKind::WorkersNotLaunched, "gather", plan, (id, share))
            .at_most(Severity::Warning)
            .evidence("workers planned", workers.planned.to_string())
            .evidence("workers launched", workers.launched.unwrap_or(0).to_string())
            .evidence("share", format!("{} of the statement", units::percent(below)))
            .advice(
                "raise max_parallel_workers and max_worker_processes to the cores that are free, or \
                 lower max_parallel_workers_per_gather, so that plans count on workers that are \
                 there",
            ),
    )
}
