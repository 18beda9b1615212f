use super::buffers::{Buffers, Wal};
use super::conditions::Conditions;
use super::counts::{Actual, Estimate, Hash, HeapBlocks, Removed, Sort, Workers};
use super::expression::Expression;
use super::kind::NodeKind;

/// The place of a [`Node`] in its [`Plan`](super::Plan): from 0 for the root, each before what is
/// below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) usize);

impl NodeId {
    /// The root of each plan.
    pub const ROOT: Self = Self(0);

    /// From 0 for the root.
    pub fn place(self) -> usize {
        self.0
    }
}

/// One step of a [`Plan`](super::Plan).
///
/// What was counted is as the server gives it: an average over loops, where its documentation says
/// so. [`Plan`](super::Plan) has the sums.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Node {
    /// What it does.
    pub kind: NodeKind,
    /// What it is below; `None` for the root.
    pub parent: Option<NodeId>,
    /// What is below it, in the order of the plan.
    pub children: Vec<NodeId>,
    /// What it is to its parent.
    pub relationship: Relationship,
    /// `CTE totals`, `InitPlan 1 (returns $0)`, `SubPlan 2`.
    pub subplan: Option<String>,
    /// The table that it reads or writes.
    pub relation: Option<Relation>,
    /// The name that the statement gives to what it reads, which is the table's own where it gives
    /// none.
    pub alias: Option<String>,
    /// The index that it reads.
    pub index: Option<String>,
    /// Whether it reads its index from the end to the beginning.
    pub is_backward: bool,
    /// Whether parallel workers share its work out among them.
    pub is_parallel_aware: bool,
    /// The `with` query that it reads.
    pub cte: Option<String>,
    /// `Inner`, `Left`, `Semi`, …
    pub join_type: Option<String>,
    /// Whether each row of the outer side finds at most one.
    pub is_inner_unique: bool,
    /// How rows are grouped: `Plain`, `Sorted`, `Hashed`, `Mixed`.
    pub strategy: Option<String>,
    /// `Partial` in workers, `Finalize` above them.
    pub partial_mode: Option<String>,
    /// What it writes: `Insert`, `Update`, `Delete`, `Merge`.
    pub operation: Option<String>,
    /// Whether the planner was told not to use this kind and had no other (from PostgreSQL 18 on).
    pub is_disabled: bool,
    /// What the planner expected.
    pub estimate: Estimate,
    /// What came of it; `None` without `analyze`.
    pub actual: Option<Actual>,
    /// What it asks of rows and sorts or groups them by.
    pub conditions: Conditions,
    /// Rows thrown away, an average over loops.
    pub removed: Removed,
    /// How it sorted.
    pub sort: Option<Sort>,
    /// The hash table that it made.
    pub hash: Option<Hash>,
    /// Pages of the table that a bitmap told it to read.
    pub heap_blocks: HeapBlocks,
    /// Rows of an index-only scan that were looked up in the table, over all loops.
    pub heap_fetches: Option<f64>,
    /// Parallel workers below it.
    pub workers: Option<Workers>,
    /// Pages read and written, its children's too, over all loops.
    pub buffers: Option<Box<Buffers>>,
    /// Log written, its children's too.
    pub wal: Option<Wal>,
    /// Everything else that the server says, by its name for it.
    pub other: Vec<(String, Expression)>,
}

impl Node {
    pub(super) fn new(parent: Option<NodeId>) -> Self {
        Self {
            kind: NodeKind::Other("".into()),
            parent,
            children: Vec::new(),
            relationship: Relationship::Outer,
            subplan: None,
            relation: None,
            alias: None,
            index: None,
            is_backward: false,
            is_parallel_aware: false,
            cte: None,
            join_type: None,
            is_inner_unique: false,
            strategy: None,
            partial_mode: None,
            operation: None,
            is_disabled: false,
            estimate: Estimate::default(),
            actual: None,
            conditions: Conditions::default(),
            removed: Removed::default(),
            sort: None,
            hash: None,
            heap_blocks: HeapBlocks::default(),
            heap_fetches: None,
            workers: None,
            buffers: None,
            wal: None,
            other: Vec::new(),
        }
    }

    /// Whether it was run and not once reached.
    pub fn is_never_executed(&self) -> bool {
        self.actual.is_some_and(|actual| actual.loops == 0.0)
    }

    /// What the server says under this name and has no field here.
    pub fn other(&self, name: &str) -> Option<&Expression> {
        self.other.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Whether it is run apart from its parent's own flow of rows: an InitPlan or a `with` query.
    pub fn is_init_plan(&self) -> bool {
        self.relationship == Relationship::InitPlan
    }

    /// The name of the `with` query that it computes.
    pub fn computes_cte(&self) -> Option<&str> {
        self.subplan.as_deref().and_then(|name| name.strip_prefix("CTE "))
    }
}

/// What a [`Node`] is to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relationship {
    /// Its input, or the first of two. The root is this too.
    Outer,
    /// The second of two inputs.
    Inner,
    /// One of many inputs.
    Member,
    /// The subquery that it scans.
    Subquery,
    /// Computed once, by whoever asks for it first: a `with` query or a subquery that does not
    /// depend on the rows around it.
    InitPlan,
    /// Computed in an expression of the parent.
    SubPlan,
    /// Something that this version does not know.
    Other,
}

/// A table in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relation {
    /// Known with `verbose` only.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}
