use super::expression::Expression;

/// The texts of a [`Node`](super::Node) that may hold values.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Conditions {
    /// What rows must meet that were found already.
    pub filter: Option<Expression>,
    /// What is looked up in the index.
    pub index: Option<Expression>,
    /// What rows of a bitmap must still meet.
    pub recheck: Option<Expression>,
    /// What a hash join compares.
    pub hash: Option<Expression>,
    /// What a merge join compares.
    pub merge: Option<Expression>,
    /// What else a pair of rows must meet.
    pub join_filter: Option<Expression>,
    /// What must be true for the node to run at all.
    pub one_time_filter: Option<Expression>,
    /// What an index gives the order of, in place of a sort.
    pub order_by: Option<Expression>,
    /// What rows are sorted by, first to last.
    pub sort_key: Vec<Expression>,
    /// What they are sorted by already.
    pub presorted_key: Vec<Expression>,
    /// What rows are grouped by.
    pub group_key: Vec<Expression>,
    /// What keys a Memoize remembers.
    pub cache_key: Option<Expression>,
    /// Columns given to the parent; with `verbose` only.
    pub output: Vec<Expression>,
}

impl Conditions {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Expression> {
        let single = [
            &self.filter,
            &self.index,
            &self.recheck,
            &self.hash,
            &self.merge,
            &self.join_filter,
            &self.one_time_filter,
            &self.order_by,
            &self.cache_key,
        ];
        let lists = [&self.sort_key, &self.group_key, &self.output];
        single.into_iter().flatten().chain(lists.into_iter().flatten())
    }
}
