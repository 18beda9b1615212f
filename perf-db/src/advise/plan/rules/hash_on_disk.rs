use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::found::{With, own_share};
use super::memory;
use crate::advise::plan::{Hash, NodeId, NodeKind, Plan};

/// What a row takes in a hash table beside its columns: headers, its pointer in a table that is half
/// empty, and what allocations are rounded up by.
const BYTES_BESIDE_A_ROW: f64 = 64.0;

/// The same of a group of an aggregate, with the states of a few aggregate functions.
const BYTES_BESIDE_A_GROUP: f64 = 200.0;

/// The hash of a join or of an aggregate that was done in parts, by temporary files.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    let is_hashed = || matches!(node.strategy.as_deref(), Some("Hashed" | "Mixed"));
    let beside = match node.kind {
        NodeKind::Hash => BYTES_BESIDE_A_ROW,
        NodeKind::Aggregate if is_hashed() => BYTES_BESIDE_A_GROUP,
        _ => return None,
    };
    let work_mem = context.work_mem(plan);
    let multiplier = context.hash_multiplier(plan);
    let in_memory = |rows: f64| rows * (node.estimate.width_bytes as f64 + beside);
    let (hash, needed) = match (&node.actual, &node.hash) {
        (Some(actual), Some(hash)) if hash.batches > 1 || hash.disk_bytes > Some(0) => {
            let rows = actual.rows + node.removed.by_filter.unwrap_or(0.0);
            (Some(hash), in_memory(rows).max(by_parts(hash)))
        }
        (Some(_), _) => return None,
        (None, _) => {
            let needed = in_memory(node.estimate.rows);
            if needed <= work_mem? as f64 * multiplier {
                return None;
            }
            (None, needed)
        }
    };
    // What a join's hash costs, the join pays: both sides are written and read.
    let join = node.parent.filter(|_| node.kind == NodeKind::Hash);
    let share = plan.share(id) + join.map_or(0.0, |join| plan.share(join));
    let at = join.unwrap_or(id);
    // Which side is hashed, and so how the condition reads, changes with the plan.
    let which = if join.is_some() { "join" } else { "group" };
    let mut finding =
        context.found(FindingKind::HashOnDisk, which, plan, (id, share * memory::SPARED));
    if let Some(hash) = hash {
        finding = finding
            .evidence("batches", hash.batches.to_string())
            .evidence("memory", units::bytes(hash.memory_bytes));
        if let Some(bytes) = hash.disk_bytes {
            finding = finding.evidence("written to disk", units::bytes(bytes));
        }
    }
    let finding = finding.with(own_share(plan, at));
    Some(memory::advised(finding, work_mem, needed / multiplier, "the hash"))
}

/// What the parts had in memory, where rows are wider than the planner knows. There are twice as many
/// parts as are needed at most, for a join's are a power of two.
fn by_parts(hash: &Hash) -> f64 {
    hash.memory_bytes as f64 * (hash.batches as f64 / 2.0).max(1.0)
}
