//! Indexes that were not finished: they are kept up to date and cannot be read.

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use super::droppable::drop_statement;
use super::read::Builds;
use crate::advise::schema::{Index, Schema, Table, TableKind};

/// All of them, but for those of tables on which an index is being built just now.
pub(super) fn invalid(schema: &Schema, builds: &Builds) -> Vec<Finding> {
    let tables = schema.tables.iter().filter(|table| !builds.may_be_on(table.oid));
    let indexes = tables.flat_map(|table| table.indexes.iter().map(move |index| (table, index)));
    indexes
        .filter(|(_, index)| !index.is_valid)
        .map(|(table, index)| finding(table, index))
        .collect()
}

fn finding(table: &Table, index: &Index) -> Finding {
    let name = format!("{}.{}", table.schema, index.name);
    let finding = Finding::new(FindingKind::InvalidIndex, &name, format!("index {name}"))
        .severity(Severity::Warning)
        .evidence("table", table.full_name())
        .evidence("size", units::bytes(index.bytes));
    if table.kind == TableKind::Partitioned {
        return finding.advice(
            "make the index on each part and attach it to this one: it can be used when all parts \
             have it",
        );
    }
    if is_left_over(&index.name) {
        return finding
            .advice("drop it: it is left over from a reindex that was not finished")
            .code(drop_statement(table, index));
    }
    if index.is_unique {
        return finding.advice(
            "take out the rows that have the same key, if there are any, and build it again (reindex \
             index concurrently), or drop it: each write of the table pays for it, and no statement \
             can use it",
        );
    }
    finding
        .advice(
            "build it again, or drop it: each write of the table pays for it, and no statement can \
             use it",
        )
        .code(format!("reindex index concurrently {}", table.written_index(index)))
}

/// `reindex concurrently` builds an index with this ending and a number, and gives it the name of the
/// old one at the end.
fn is_left_over(name: &str) -> bool {
    let name = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    name.ends_with("_ccnew") || name.ends_with("_ccold")
}
