//! Foreign keys whose columns have another type than what they refer to.

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind};

use super::read::TypeMismatch;
use crate::advise::schema::{Schema, Table, written};

/// It is a warning where the server has to convert the referring column to compare it: no index on
/// it helps then.
pub(super) fn mismatched(schema: &Schema, mismatches: &[TypeMismatch]) -> Vec<Finding> {
    let finding = |mismatch: &TypeMismatch| {
        let table = schema.table(mismatch.table)?;
        let key = table.foreign_keys.iter().find(|key| key.name == mismatch.foreign_key)?;
        let place = key.columns.iter().position(|number| *number == mismatch.column)?;
        let column = table.column(mismatch.column)?;
        let target = schema.table(key.target)?;
        let target_column = target.column(*key.target_columns.get(place)?)?;
        Some(Found { mismatch, table, column: &column.name, column_type: &column.type_name }.told(
            target,
            &target_column.name,
            &target_column.type_name,
        ))
    };
    mismatches.iter().filter_map(finding).collect()
}

struct Found<'f> {
    mismatch: &'f TypeMismatch,
    table: &'f Table,
    column: &'f str,
    column_type: &'f str,
}

impl Found<'_> {
    fn told(&self, target: &Table, target_column: &str, target_type: &str) -> Finding {
        let name = self.table.full_name();
        let (severity, consequence) = match self.mismatch.is_converted {
            true => (
                Severity::Warning,
                "each check converts the referring column, so no index on it is used",
            ),
            false => (
                Severity::Info,
                "the narrower of the two decides how far the keys can go, and values are \
                 converted on the way",
            ),
        };
        let table = self.table.written();
        let column = written(self.column);
        Finding::new(
            FindingKind::ForeignKeyType,
            format_args!("{name}.{}.{}", self.mismatch.foreign_key, self.column),
            format!("{name}.{}", self.column),
        )
        .severity(severity)
        .evidence("foreign key", self.mismatch.foreign_key.clone())
        .evidence("type", self.column_type)
        .evidence("refers to", format!("{}.{target_column}", target.full_name()))
        .evidence("type there", target_type)
        .evidence("so", consequence)
        .advice(
            "give both the same type, in a quiet hour: the table is written anew while nobody can \
             use it",
        )
        .code(format!("alter table {table} alter column {column} type {target_type}"))
    }
}
