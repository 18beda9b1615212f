use super::Context;
use crate::advise::plan::{Node, Relation};
use crate::advise::schema::{Schema, Table, written};

/// The table that a node reads, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeTable<'a> {
    relation: &'a Relation,
    schema: Option<&'a Schema>,
    /// As the catalog has it.
    pub(super) table: Option<&'a Table>,
}

impl<'a> NodeTable<'a> {
    pub(super) fn of(node: &'a Node, context: &Context<'a>) -> Option<Self> {
        let relation = node.relation.as_ref()?;
        let schema = context.schema;
        let find = |schema: &'a Schema| schema.find(relation.schema.as_deref(), &relation.name);
        Some(Self { relation, schema, table: schema.and_then(find) })
    }

    /// In keys and reports: the partitioned table's name for each of its parts.
    pub(super) fn name(&self) -> String {
        match (self.whole(), &self.relation.schema) {
            (Some(table), _) => table.full_name(),
            (None, Some(schema)) => format!("{schema}.{}", self.relation.name),
            (None, None) => self.relation.name.clone(),
        }
    }

    /// The table itself in SQL.
    pub(super) fn written(&self) -> String {
        let name = written(&self.relation.name);
        match (self.table, &self.relation.schema) {
            (Some(table), _) => table.written(),
            (None, Some(schema)) => format!("{}.{name}", written(schema)),
            (None, None) => name.into_owned(),
        }
    }

    /// The partitioned table that it is a part of, or itself.
    fn whole(&self) -> Option<&'a Table> {
        // A bound, should the catalog be read while it changes.
        const DEEPEST: usize = 16;
        let above = |table: &&'a Table| self.schema?.table(table.partition_of?);
        std::iter::successors(self.table, above).take(DEEPEST).last()
    }

    /// Rows of the table itself, as the planner counts on.
    pub(super) fn rows(&self) -> Option<f64> {
        self.table?.rows
    }
}
