//! Whose cost it is, for plans that were not run.
//!
//! The planner's cost of a node is of one loop and holds that of what is below. From the root down,
//! each node's cost is shared out: to its children what they cost in all their loops, at most what
//! there is, and the rest to the node itself. So the shares sum up to the whole, and what a Limit
//! leaves unread costs nothing.

use super::NodeKind;
use super::Plan;
use super::node::{Node, NodeId, Relationship};
use super::time::share;

/// Costs of all nodes.
#[derive(Clone, Debug)]
pub(super) struct Costs {
    nodes: Vec<NodeCost>,
}

#[derive(Clone, Copy, Debug, Default)]
struct NodeCost {
    charged: f64,
    exclusive: f64,
}

impl Costs {
    pub(super) fn of(nodes: &[Node]) -> Self {
        let mut costs = vec![NodeCost::default(); nodes.len()];
        costs[0].charged = cost(&nodes[0]);
        for (place, node) in nodes.iter().enumerate() {
            let charged = costs[place].charged;
            let scale = share(charged, cost(node));
            let asked = |NodeId(child): &NodeId| {
                cost(&nodes[*child]) * rounds(&nodes[*child], node, nodes) * scale
            };
            let sum: f64 = node.children.iter().map(asked).sum();
            let fit = if sum > charged { charged / sum } else { 1.0 };
            for child in &node.children {
                costs[child.0].charged = asked(child) * fit;
            }
            costs[place].exclusive = (charged - sum * fit).max(0.0);
        }
        Self { nodes: costs }
    }
}

fn cost(node: &Node) -> f64 {
    // A bound that no plan comes near keeps sums and products finite.
    node.estimate.total_cost.clamp(0.0, 1e100)
}

/// How often the planner expects the node to be run for one run of its parent.
fn rounds(node: &Node, parent: &Node, nodes: &[Node]) -> f64 {
    let rows = match (node.relationship, &parent.kind) {
        (Relationship::Inner, NodeKind::NestedLoop) => match node.kind {
            NodeKind::Materialize | NodeKind::Memoize => 1.0,
            _ => parent.children.first().map_or(1.0, |outer| nodes[outer.0].estimate.rows),
        },
        (Relationship::SubPlan, _) => parent.estimate.rows,
        _ => 1.0,
    };
    rows.clamp(1.0, 1e100)
}

impl Plan {
    /// The planner's cost of a node itself, over all its loops.
    pub fn exclusive_cost(&self, id: NodeId) -> f64 {
        self.costs.nodes[id.0].exclusive
    }

    /// The share of the statement's cost that the planner expects of a node itself, from 0 to 1.
    pub fn cost_share(&self, id: NodeId) -> f64 {
        share(self.costs.nodes[id.0].exclusive, self.costs.nodes[0].charged)
    }

    /// The node's share of the statement's time, of its cost where the plan tells no times.
    pub fn share(&self, id: NodeId) -> f64 {
        self.time_share(id).unwrap_or_else(|| self.cost_share(id))
    }
}
