use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::found::{With, of, own_share};
use super::memory;
use super::table::NodeTable;
use crate::advise::plan::show::count;
use crate::advise::plan::{NodeId, NodeKind, Plan};

/// What the server reckons with for each page of a bitmap that it knows the rows of.
const BYTES_OF_A_PAGE: f64 = 64.0;

/// A bitmap that had no room for rows and remembers pages, all of whose rows are then looked at.
/// Known of plans that were run only. Any is too many, as for pev2.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let blocks = node.heap_blocks;
    if node.kind != NodeKind::BitmapHeapScan || blocks.lossy == 0 {
        return None;
    }
    let table = NodeTable::of(node, context)?;
    let pages = blocks.exact.saturating_add(blocks.lossy) as f64;
    let rechecked = node.removed.by_recheck.unwrap_or(0.0) * node.actual?.loops;
    let wasted = of(rechecked, plan.rows_read(id)?);
    let share = plan.share(id);
    let finding = context
        .found(FindingKind::LossyBitmap, table.name(), plan, (id, share * wasted))
        .evidence("lossy pages", units::count(blocks.lossy))
        .evidence("exact pages", units::count(blocks.exact))
        .evidence("rows looked at in vain", count(rechecked))
        .with(own_share(plan, id))
        .with_condition("looked up", node.conditions.recheck.as_ref());
    // Pages of one round; the counts are of all.
    let once = pages / node.actual?.loops.max(1.0);
    // The hash table that holds them grows by doubling.
    let needed = once * BYTES_OF_A_PAGE * 2.0;
    Some(memory::advised(finding, context.work_mem(plan), needed, "the bitmap"))
}
