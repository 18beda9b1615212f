use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::found::of;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// As of the rows that a recorder sees skipped: fewer cost less than the way to the server and back.
const DEEP_ROWS: f64 = 1_000.0;

/// As there: where most rows are read to be shown, another way to page gains little.
const SKIPS_PER_ROW: f64 = 10.0;

/// A page in front of which many rows are read and thrown away.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    if node.kind != NodeKind::Limit {
        return None;
    }
    let child = plan.outer(id)?;
    let (shown, skipped) = match (plan.rows(id), plan.rows(child)) {
        (Some(shown), Some(read)) => (shown, read - shown),
        _ => estimated(plan, id, child)?,
    };
    if skipped < DEEP_ROWS || skipped < SKIPS_PER_ROW * shown {
        return None;
    }
    let wasted = of(skipped, skipped + shown);
    let below = plan.total_time_share(id).unwrap_or(1.0);
    let finding = context
        .found(FindingKind::DeepOffset, "limit", plan, (id, below * wasted))
        .evidence("rows skipped", count(skipped))
        .evidence("rows returned", count(shown))
        .evidence("rows read for nothing", units::percent(wasted))
        .evidence("share", format!("{} of the statement", units::percent(below)))
        .advice(
            "go from page to page by a Keyset of perf-db, which begins where the page before \
             ended; or let nobody ask for pages as deep as that",
        )
        .code("Keyset::new(select, order).page(&db, parameters, cursor, size)");
    Some(finding)
}

/// What the planner takes for a `limit` or an `offset` that is not known when it plans, as in a plan
/// for all values: a tenth of the rows.
pub(super) fn is_guess(share: f64) -> bool {
    (share - 0.10).abs() < 0.001
}

/// What the planner reckons for rows that are skipped stands in the cost of the Limit's first row.
fn estimated(plan: &Plan, id: NodeId, child: NodeId) -> Option<(f64, f64)> {
    let (limit, below) = (plan.node(id).estimate, plan.node(child).estimate);
    let run = below.total_cost - below.startup_cost;
    let skipping = limit.startup_cost - below.startup_cost;
    if run <= 0.0 || skipping <= 0.0 {
        return None;
    }
    let share = (skipping / run).min(1.0);
    (!is_guess(share)).then_some((limit.rows, below.rows * share))
}
