//! The plan of a statement as a value: what each step costs by itself, and what is wrong with it.
//!
//! [`Plan::parse`] reads the answer to `explain (format json)` of PostgreSQL 10 to 18, with and
//! without `analyze`, `buffers`, `verbose`, `settings` and `wal`. What it does not know it keeps
//! under [`Node::other`]. Values of the statement are in the plan and in nothing that is shown.
//!
//! ```
//! use perf_db::advise::plan::{NodeId, Plan};
//!
//! let plan = Plan::parse(r#"[{"Plan": {
//!     "Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders",
//!     "Startup Cost": 0.0, "Total Cost": 180.0, "Plan Rows": 50, "Plan Width": 12,
//!     "Actual Rows": 5, "Actual Loops": 1, "Actual Startup Time": 0.1, "Actual Total Time": 4.0,
//!     "Filter": "(status = 'late')", "Rows Removed by Filter": 9995
//! }, "Planning Time": 0.2, "Execution Time": 4.1}]"#)?;
//! assert_eq!(plan.rows_read(NodeId::ROOT), Some(10_000.0));
//! let filter = plan.root().conditions.filter.as_ref().map(|filter| filter.to_string());
//! assert_eq!(filter.as_deref(), Some("(status = ?)"));
//! # Ok::<(), perf_db::advise::plan::PlanError>(())
//! ```

mod buffers;
mod conditions;
mod cost;
mod counts;
mod expression;
mod init_plans;
mod kind;
mod node;
mod read;
mod rows;
mod rules;
mod show;
mod summary;
mod time;

pub use self::buffers::{Buffers, Pages, Wal};
pub use self::conditions::Conditions;
pub use self::counts::{Actual, Estimate, Hash, HeapBlocks, Removed, Sort, Workers};
pub use self::expression::Expression;
pub use self::kind::NodeKind;
pub use self::node::{Node, NodeId, Relation, Relationship};
pub use self::read::PlanError;
pub use self::rows::Misestimate;
pub use self::rules::{Context, NodeFinding};
pub use self::show::{Picture, Tree};
pub use self::summary::{Jit, Summary, Trigger};

use self::cost::Costs;
use self::time::Times;

/// A plan: its nodes, and what the server says of the whole.
///
/// Invariants: the root is the first node; a node stands before all that is below it; what is below
/// it stands directly behind it.
#[derive(Clone, Debug)]
pub struct Plan {
    nodes: Vec<Node>,
    summary: Summary,
    times: Times,
    costs: Costs,
    may_end_early: Vec<bool>,
}

impl Plan {
    /// Reads the answer to `explain (format json)`: its first plan, where rules make it several.
    ///
    /// # Errors
    /// If it is cut off, something else, or of more than 100,000 nodes.
    ///
    /// # Cost
    /// Linear, whatever the depth: see the bench `plan_analysis`.
    pub fn parse(json: &str) -> Result<Self, PlanError> {
        read::plan(json)
    }

    /// Of nodes in the order of the invariants, at least one.
    fn new(nodes: Vec<Node>, summary: Summary) -> Self {
        let times = Times::of(&nodes, summary.execution_time);
        let costs = Costs::of(&nodes);
        let may_end_early = rows::may_end_early(&nodes);
        Self { nodes, summary, times, costs, may_end_early }
    }

    /// The node that gives the statement's rows.
    pub fn root(&self) -> &Node {
        self.node(NodeId::ROOT)
    }

    /// A node of this plan.
    ///
    /// # Panics
    /// If the number is of another plan that has more nodes.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// All nodes, each before what is below it.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(place, node)| (NodeId(place), node))
    }

    /// What is below a node, in the order of the plan.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
        self.node(id).children.iter().map(|child| (*child, self.node(*child)))
    }

    /// The child that gives this node its rows, or the outer one of two.
    pub fn outer(&self, id: NodeId) -> Option<NodeId> {
        self.child(id, Relationship::Outer).or_else(|| self.child(id, Relationship::Subquery))
    }

    /// The second side of a join.
    pub fn inner(&self, id: NodeId) -> Option<NodeId> {
        self.child(id, Relationship::Inner)
    }

    fn child(&self, id: NodeId, relationship: Relationship) -> Option<NodeId> {
        let is_it = |(_, child): &(NodeId, &Node)| child.relationship == relationship;
        self.children(id).find(is_it).map(|(id, _)| id)
    }

    /// What a node is below, from its parent to the root.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
        std::iter::successors(self.node(id).parent, |above| self.node(*above).parent)
            .map(|above| (above, self.node(above)))
    }

    /// What the server says of the whole statement.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Whether the statement was run (`analyze`), so that there is more than estimates.
    pub fn is_analyzed(&self) -> bool {
        self.root().actual.is_some()
    }

    /// All nodes with their depth, 0 for the root.
    fn depths(&self) -> Vec<(NodeId, usize)> {
        let mut depths = Vec::<(NodeId, usize)>::with_capacity(self.nodes.len());
        for (id, node) in self.nodes() {
            let depth = node.parent.map_or(0, |parent| depths[parent.0].1 + 1);
            depths.push((id, depth));
        }
        depths
    }
}
