//! How many rows, over all loops.

use super::NodeKind;
use super::Plan;
use super::node::{Node, NodeId, Relationship};

/// By how much the planner was wrong about the rows of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Misestimate {
    /// The larger number divided by the smaller one: 1 or more.
    pub factor: f64,
    /// Whether there were more rows than it expected.
    pub is_too_low: bool,
}

impl Plan {
    /// Rows that a node gave, over all its loops; `None` without `analyze`.
    pub fn rows(&self, id: NodeId) -> Option<f64> {
        self.node(id).actual.map(|actual| actual.rows * actual.loops)
    }

    /// Rows that a node threw away because of its filter or a recheck, over all its loops; `None`
    /// without `analyze`.
    pub fn rows_removed(&self, id: NodeId) -> Option<f64> {
        let node = self.node(id);
        let removed = node.removed;
        let once = removed.by_filter.unwrap_or(0.0) + removed.by_recheck.unwrap_or(0.0);
        node.actual.map(|actual| once * actual.loops)
    }

    /// Rows that a scan looked at, over all its loops; `None` without `analyze`.
    pub fn rows_read(&self, id: NodeId) -> Option<f64> {
        Some(self.rows(id)? + self.rows_removed(id)?)
    }

    /// How wrong the planner was; `None` without `analyze`, for a node that was never run, and where
    /// fewer rows came only because nobody asked for more.
    pub fn misestimate(&self, id: NodeId) -> Option<Misestimate> {
        let node = self.node(id);
        if !counts_rows(node) {
            return None;
        }
        let actual = node.actual.filter(|actual| actual.loops > 0.0)?;
        let loops = actual.loops;
        // Less than half a row a loop is written as none by servers that round.
        let is_rounded = !actual.rows_are_exact && loops > 1.0;
        let rows = if is_rounded { actual.rows.max(0.5) } else { actual.rows };
        let actual = (rows * loops).max(1.0);
        let expected = (node.estimate.rows * loops).max(1.0);
        let is_too_low = actual > expected;
        if !is_too_low && self.may_end_early(id) {
            return None;
        }
        let factor = if is_too_low { actual / expected } else { expected / actual };
        Some(Misestimate { factor, is_too_low })
    }

    /// Whether what is above a node may leave rows of it unasked for.
    pub fn may_end_early(&self, id: NodeId) -> bool {
        self.may_end_early[id.0]
    }
}

/// For each node, from the root down, which explain reads to its end.
pub(super) fn may_end_early(nodes: &[Node]) -> Vec<bool> {
    let mut early = Vec::with_capacity(nodes.len());
    for node in nodes {
        early.push(match node.parent {
            None => false,
            Some(_) if node.is_init_plan() => false,
            Some(NodeId(above)) if reads_all(&nodes[above], node) => false,
            Some(NodeId(above)) => ends_early(&nodes[above], node) || early[above],
        });
    }
    early
}

/// Whether the server counts what comes of it: not what a write gives back to nobody, and not the
/// places that several bitmaps have in common.
fn counts_rows(node: &Node) -> bool {
    !matches!(node.kind, NodeKind::ModifyTable | NodeKind::BitmapAnd | NodeKind::BitmapOr)
}

fn reads_all(above: &Node, below: &Node) -> bool {
    match above.kind {
        NodeKind::Hash | NodeKind::Sort | NodeKind::ModifyTable => true,
        NodeKind::Aggregate => above.strategy.as_deref() != Some("Sorted"),
        NodeKind::BitmapHeapScan | NodeKind::BitmapAnd | NodeKind::BitmapOr => true,
        NodeKind::SetOp => above.strategy.as_deref() == Some("Hashed"),
        NodeKind::HashJoin => below.relationship == Relationship::Inner,
        _ => false,
    }
}

fn ends_early(above: &Node, below: &Node) -> bool {
    let is_inner = below.relationship == Relationship::Inner;
    match above.kind {
        NodeKind::Limit | NodeKind::MergeJoin => true,
        NodeKind::NestedLoop => {
            let kind = above.join_type.as_deref();
            is_inner && (above.is_inner_unique || matches!(kind, Some("Semi" | "Anti")))
        }
        // `exists` stops at the first row; what else a SubPlan is for, the plan does not say.
        _ => below.relationship == Relationship::SubPlan,
    }
}
