use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use crate::advise::plan::show::count;
use crate::advise::plan::time::share;
use crate::advise::plan::{NodeId, Plan, Trigger};

/// From pev2: the share of the time from which something is worth a look.
const WORTH_A_LOOK: f64 = 0.10;

/// A write whose triggers take the time; the one that takes the most. Known of plans that were run
/// only.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let triggers = plan.summary().triggers.iter();
    let slowest = triggers.max_by_key(|trigger| trigger.time)?;
    let time = slowest.time?;
    let share = share(time.as_secs_f64(), plan.execution_time()?.as_secs_f64());
    if share < WORTH_A_LOOK {
        return None;
    }
    let finding = context
        .found(FindingKind::TriggerTime, name(slowest), plan, (id, share))
        .evidence("trigger", name(slowest))
        .evidence("time", units::duration(time))
        .evidence("share", format!("{} of the statement", units::percent(share)))
        .evidence("calls", count(slowest.calls));
    Some(match is_foreign_key(slowest) {
        true => finding.advice(
            "create an index on the columns of the foreign key, by which the server looks for rows \
             that refer to those that go; see unindexed_foreign_key",
        ),
        false => finding.advice(
            "let the trigger look at all rows of a statement at once (for each statement, with \
             transition tables), or only when what it is for has changed (when)",
        ),
    })
}

/// A trigger that the server made itself has its number in its name.
fn is_foreign_key(trigger: &Trigger) -> bool {
    trigger.name.starts_with("RI_ConstraintTrigger") || trigger.name.is_empty()
}

fn name(trigger: &Trigger) -> &str {
    match (&trigger.constraint, is_foreign_key(trigger)) {
        (Some(constraint), _) => constraint,
        (None, true) => "foreign key",
        (None, false) => &trigger.name,
    }
}
