//! A statement as blocks: each `select`, `update` or `delete` in it with its `from` and conditions.

use sqlparser::ast::{Delete, Expr, Query, Select, Statement, Update};

use super::Linter;
use crate::advise::schema::Table;
use perf_core::sql::Dialect;

/// A statement that has been read with the schema.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) linter: &'a Linter<'a>,
    /// The types of `$1`, `$2`, … where the server has said them.
    pub(crate) parameter_types: &'a [u32],
    /// Each after the one around it.
    pub(crate) blocks: Vec<Block<'a>>,
}

/// A `select`, `update` or `delete`.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) place: Place,
    /// The block whose tables its names can mean too.
    pub(crate) parent: Option<usize>,
    pub(crate) body: Body<'a>,
    /// What has its `order by` and `limit`; `None` for a side of a `union` and for writes.
    pub(crate) query: Option<&'a Query>,
    pub(crate) sources: Vec<Source<'a>>,
    /// What is in its `from` and its `where`: with `and` between them, those of joins too.
    pub(crate) conditions: Vec<Condition<'a>>,
    /// Joins and commas in its `from`.
    pub(crate) joins: Vec<Pairing>,
}

/// What a [`Block`] does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    Select(&'a Select),
    Update(&'a Update),
    Delete(&'a Delete),
}

/// Where the rows of a [`Block`] go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To who sent the statement.
    Answer,
    /// Into a table.
    Stored,
    /// To a `with` or a subquery in `from`.
    Derived,
    /// Nowhere: `exists` asks whether there are any.
    Exists,
    /// To a condition or a value: `in (…)`, `(select …)`.
    Value,
}

/// Something in a `from`.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// By which names mean it.
    pub(crate) name: String,
    pub(crate) is_renamed: bool,
    pub(crate) relation: Relation<'a>,
    /// The columns of what is no table, where they are known.
    pub(crate) columns: Option<Vec<String>>,
}

/// What a [`Source`] reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Relation<'a> {
    /// A table of the schema.
    Table(&'a Table),
    /// A `with`, a subquery, a function, or what the schema does not know.
    Other,
}

/// One of the conditions that `and` binds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition<'a> {
    pub(crate) expr: &'a Expr,
    /// Whether it only says which rows an outer join brings along.
    pub(crate) is_outer: bool,
}

/// How the sources of a `from` from `right` on were added to those before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairing {
    pub(crate) right: usize,
    pub(crate) how: How,
}

/// How a [`Pairing`] is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Comma,
    Cross,
    /// `on`, with a condition that may say nothing.
    On,
    /// `using`, `natural`, `lateral`: they say themselves what goes together.
    Bound,
}

impl<'a> Block<'a> {
    pub(crate) fn table(&self, source: usize) -> Option<&'a Table> {
        match self.sources.get(source)?.relation {
            Relation::Table(table) => Some(table),
            Relation::Other => None,
        }
    }

    pub(crate) fn select(&self) -> Option<&'a Select> {
        match self.body {
            Body::Select(select) => Some(select),
            _ => None,
        }
    }
}

impl Reading<'_> {
    pub(crate) fn dialect(&self) -> Dialect {
        self.linter.dialect
    }
}
