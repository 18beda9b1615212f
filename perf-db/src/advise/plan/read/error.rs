/// Why a text is no [`Plan`](crate::advise::plan::Plan). Holds nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It ends in the middle.
    #[error("the plan is cut off: its JSON has no end")]
    Truncated,
    /// It is broken, from this byte on.
    #[error("the plan is not JSON from byte {at} on")]
    Broken {
        /// Counted from 0.
        at: usize,
    },
    /// It is something else than the answer to `explain (format json)`.
    #[error("this is no plan: the answer to explain (format json) is expected")]
    NotAPlan,
    /// It is the answer to the explain of a statement that has no plan.
    #[error("this statement has no plan: only queries and changes of rows have one")]
    Utility,
    /// A node does not say what it is.
    #[error("node {node} of the plan has no \"Node Type\"")]
    NodeWithoutType {
        /// Its place, from 0 for the root, in the order of the text.
        node: usize,
    },
    /// It has more nodes than are read.
    #[error("the plan has more than {most} nodes")]
    TooLarge {
        /// How many are read.
        most: usize,
    },
}
