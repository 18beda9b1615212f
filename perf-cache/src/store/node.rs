use perf_core::recorder::RedisNode;

/// What one server of a store tells of itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Another one after each restart; its counters begin at zero with it.
    pub(crate) run: String,
    pub(crate) told: RedisNode,
}
