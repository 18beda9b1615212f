use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::deep_offset::is_guess;
use super::found::{With, of, own_share};
use super::seq_scan::{MANY_ROWS, MOST_REMOVED};
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// Nodes between a Limit and the scan that are looked at: a bound that keeps the rule linear.
const MOST_ABOVE: usize = 16;

/// An index that is read in the order of `order by`, past rows that do not match, until there are
/// enough for the `limit`: the planner took it because it expected to meet them early.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let filter = node.conditions.filter.as_ref()?;
    if !is_in_order(plan, id) {
        return None;
    }
    let limit = limit_above(plan, id)?;
    let table = NodeTable::of(node, context)?;
    let (read, removed_share) = match plan.rows_read(id) {
        Some(read) => (read, of(plan.rows_removed(id)?, read)),
        None => {
            let kept = of(node.estimate.rows, table.rows()?);
            let below = plan.outer(limit).map_or(0.0, |below| plan.node(below).estimate.rows);
            // Of a limit that is not known one row at least.
            let wanted = match plan.node(limit).estimate.rows {
                rows if is_guess(of(rows, below)) => 1.0,
                rows => rows,
            };
            let read = wanted / kept.max(f64::MIN_POSITIVE);
            (read.min(table.rows()?), 1.0 - kept)
        }
    };
    if read < MANY_ROWS || removed_share < MOST_REMOVED {
        return None;
    }
    let index = node.index.as_deref().unwrap_or_default();
    let which = format!("{}:{index}", table.name());
    let share = plan.share(id) * removed_share;
    Some(
        context
            .found(FindingKind::OrderByLimit, which, plan, (id, share))
            .evidence("rows read in order", count(read))
            .evidence("thrown away", units::percent(removed_share))
            .with(own_share(plan, id))
            .with_condition("filter", Some(filter))
            .advice(
                "create an index that begins with the columns of the filter and goes on with those \
                 of order by; until then, an expression in order by (x + 0) keeps the planner from \
                 this index",
            ),
    )
}

/// Whether it reads an index for its order only, below a Limit.
pub(super) fn is_in_order(plan: &Plan, id: NodeId) -> bool {
    let node = plan.node(id);
    let is_scan = matches!(node.kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan);
    is_scan && node.conditions.index.is_none() && limit_above(plan, id).is_some()
}

/// The Limit that ends this node early.
fn limit_above(plan: &Plan, id: NodeId) -> Option<NodeId> {
    if !plan.may_end_early(id) {
        return None;
    }
    let passes_on = |kind: &NodeKind| {
        !matches!(kind, NodeKind::Sort | NodeKind::Hash | NodeKind::Aggregate | NodeKind::WindowAgg)
    };
    let above = plan.ancestors(id).take(MOST_ABOVE);
    let mut above = above.take_while(|(_, node)| passes_on(&node.kind));
    above.find(|(_, node)| node.kind == NodeKind::Limit).map(|(id, _)| id)
}
