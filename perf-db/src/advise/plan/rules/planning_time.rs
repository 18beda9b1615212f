use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::jit_time::{TOO_MUCH, WORTH_A_SETTING};
use crate::advise::plan::time::share;
use crate::advise::plan::{NodeId, Plan};

/// A statement that is planned for longer than it runs. Known of plans that were run only.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let time = plan.summary().planning_time?;
    let execution = plan.execution_time()?;
    let all = time + execution;
    let share = share(time.as_secs_f64(), all.as_secs_f64());
    if time < WORTH_A_SETTING || share < TOO_MUCH {
        return None;
    }
    let finding = context
        .found(FindingKind::PlanningTime, "plan", plan, (id, share))
        .evidence("planned for", units::duration(time))
        .evidence("run for", units::duration(execution))
        .evidence("nodes", units::count(plan.nodes().len() as u64));
    Some(finding.advice(
        "prepare it once and send its values apart, so that the server can keep the plan; with many \
         partitions, name the partition key in its condition",
    ))
}
