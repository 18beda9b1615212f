use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::found::{With, of, own_share};
use super::order_by_limit;
use super::seq_scan::MOST_REMOVED;
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// From pg_qualstats' advisor: rows thrown away by a condition that are worth an index.
const WORTH_AN_INDEX: f64 = 1_000.0;

/// An index that finds many rows which the rest of the condition then throws away.
///
/// The planner does not say how many rows an index gives before the filter, so that only a plan that
/// was run tells.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let filter = node.conditions.filter.as_ref()?;
    let is_by_index = matches!(
        node.kind,
        NodeKind::IndexScan | NodeKind::IndexOnlyScan | NodeKind::BitmapHeapScan
    );
    if !is_by_index || order_by_limit::is_in_order(plan, id) {
        return None;
    }
    let rows = plan.rows(id)?;
    // Without rows of lossy pages, which no index would spare: see `lossy_bitmap`.
    let removed = node.removed.by_filter? * node.actual?.loops;
    let removed_share = of(removed, rows + removed);
    if removed < WORTH_AN_INDEX || removed_share < MOST_REMOVED {
        return None;
    }
    let table = NodeTable::of(node, context)?;
    let index = node.index.clone().or_else(|| bitmap_index(plan, id)).unwrap_or_default();
    let which = format!("{}:{index}", table.name());
    let share = plan.share(id) * removed_share;
    Some(
        context
            .found(FindingKind::InefficientIndex, which, plan, (id, share))
            .evidence("rows found by the index", count(rows + removed))
            .evidence("thrown away", units::percent(removed_share))
            .with(own_share(plan, id))
            .with_condition("looked up", node.conditions.index.as_ref())
            .with_condition("filter", Some(filter))
            .advice(
                "create an index that has the columns of the filter behind those that are looked \
                 up, or is partial with the filter as its condition",
            ),
    )
}

fn bitmap_index(plan: &Plan, id: NodeId) -> Option<String> {
    plan.node(plan.outer(id)?).index.clone()
}
