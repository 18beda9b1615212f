use perf_core::finding::{Finding, FindingKind};
use perf_core::units;

use super::Context;
use super::found::{With, own_share};
use super::memory;
use crate::advise::plan::{Node, NodeId, NodeKind, Plan};

/// What a row takes in memory beside its columns: its header (24 bytes), its place in the array that
/// is sorted (24) and what allocations are rounded up by.
const BYTES_BESIDE_A_ROW: f64 = 64.0;

/// A sort that went to temporary files.
pub(super) fn rule(plan: &Plan, id: NodeId, context: &Context<'_>) -> Option<Finding> {
    let node = plan.node(id);
    if !matches!(node.kind, NodeKind::Sort | NodeKind::IncrementalSort) {
        return None;
    }
    let work_mem = context.work_mem(plan);
    let in_memory = |rows: f64| rows * (node.estimate.width_bytes as f64 + BYTES_BESIDE_A_ROW);
    let (on_disk, needed) = match (&node.actual, &node.sort) {
        (Some(actual), Some(sort)) if sort.is_on_disk => {
            // Wider rows than the planner knows of show on disk, where they are packed.
            let by_disk = 2.0 * sort.space_bytes as f64;
            (Some(sort), in_memory(actual.rows).max(by_disk))
        }
        (Some(_), _) => return None,
        (None, _) => {
            let needed = in_memory(node.estimate.rows);
            if is_below_limit(plan, node) || needed <= work_mem? as f64 {
                return None;
            }
            (None, needed)
        }
    };
    let mut finding = context.found(
        FindingKind::SortOnDisk,
        which(node),
        plan,
        (id, plan.share(id) * memory::SPARED),
    );
    if let Some(sort) = on_disk {
        finding = finding
            .evidence("written to disk", units::bytes(sort.space_bytes))
            .evidence("method", sort.method.clone());
        if sort.processes_on_disk > 1 {
            finding = finding.evidence("processes", sort.processes_on_disk.to_string());
        }
    }
    let finding = finding.with(own_share(plan, id));
    Some(memory::advised(finding, work_mem, needed, "the sort"))
}

/// A sort of which a Limit wants the first rows keeps no others.
fn is_below_limit(plan: &Plan, node: &Node) -> bool {
    node.parent.is_some_and(|above| plan.node(above).kind == NodeKind::Limit)
}

fn which(node: &Node) -> String {
    let keys: Vec<String> = node.conditions.sort_key.iter().take(8).map(|key| key.text()).collect();
    keys.join(",")
}
