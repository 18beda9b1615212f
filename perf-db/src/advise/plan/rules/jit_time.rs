use perf_core::finding::{Finding, FindingKind};
use perf_core::time::Duration;
use perf_core::units;

use super::Context;
use crate::advise::plan::show::count;
use crate::advise::plan::time::share;
use crate::advise::plan::{NodeId, Plan};

/// Less time than this is not worth a setting, whatever its share.
pub(super) const WORTH_A_SETTING: Duration = Duration::from_millis(10);

/// The share of the time from which it is found: more than all the rest.
pub(super) const TOO_MUCH: f64 = 0.50;

/// A statement that is compiled for longer than it then runs. Known of plans that were run only.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let jit = plan.summary().jit?;
    let time = jit.time?;
    let share = share(time.as_secs_f64(), plan.execution_time()?.as_secs_f64());
    if time < WORTH_A_SETTING || share < TOO_MUCH {
        return None;
    }
    let cost = plan.root().estimate.total_cost;
    Some(
        context
            .found(FindingKind::JitTime, "jit", plan, (id, share))
            .evidence("compiled for", units::duration(time))
            .evidence("share", format!("{} of the statement", units::percent(share)))
            .evidence("functions", units::count(jit.functions))
            .evidence("cost", count(cost))
            .advice(
                "leave compilation out for this statement, or raise jit_above_cost for all above \
                 its cost",
            )
            .code("set local jit = off"),
    )
}
