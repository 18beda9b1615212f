//! Sequences that come to the end of their column's type.

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use super::read::Sequence;
use crate::advise::schema::{Schema, written};

/// pghero's default.
const NEAR: f64 = 0.90;

/// From here on there may be no time for a change of type, which writes the table anew.
const VERY_NEAR: f64 = 0.95;

/// Those that have used up more than nine tenths; at the end each insert fails.
pub(super) fn overflowing(schema: &Schema, sequences: &[Sequence]) -> Vec<Finding> {
    sequences.iter().filter_map(|sequence| finding(schema, sequence)).collect()
}

fn finding(schema: &Schema, sequence: &Sequence) -> Option<Finding> {
    let table = schema.table(sequence.table)?;
    let column = table.column(sequence.column)?;
    let most = sequence.most.min(match &*column.type_name {
        "smallint" => i64::from(i16::MAX),
        "integer" => i64::from(i32::MAX),
        _ => i64::MAX,
    });
    let used = sequence.last? as f64 / most.max(1) as f64;
    if used <= NEAR || sequence.is_descending {
        return None;
    }
    let severity = match used >= VERY_NEAR {
        true => Severity::Critical,
        false => Severity::Warning,
    };
    let name = format!("{}.{}", table.full_name(), column.name);
    let finding = Finding::new(FindingKind::SequenceOverflow, &name, name.clone())
        .severity(severity)
        .evidence("sequence", format!("{}.{}", sequence.schema, sequence.name))
        .evidence("used up", units::percent(used))
        .evidence("type", column.type_name.clone())
        .evidence("numbers left", units::count(most.abs_diff(sequence.last?)));
    if column.type_name == "bigint" {
        return Some(finding.advice(
            "raise the sequence's maximum, or see what uses the numbers up: of a bigint that \
             should not happen",
        ));
    }
    let mut code = String::new();
    if sequence.most < i64::MAX {
        code = format!(
            "alter sequence {}.{} as bigint maxvalue {};\n",
            written(&sequence.schema),
            written(&sequence.name),
            i64::MAX
        );
    }
    code.push_str(&format!(
        "alter table {} alter column {} type bigint",
        table.written(),
        written(&column.name)
    ));
    Some(
        finding
            .advice(
                "make the column and those that refer to it bigint before the numbers end and each \
                 insert fails; this writes the table anew while nobody can use it, so a large one \
                 needs a new column that is filled bit by bit",
            )
            .code(code),
    )
}
