use perf_core::FindingKind;
use sqlparser::ast::{BinaryOperator, Expr, ObjectNamePart, Value, ValueWithSpan};

use super::super::block::Reading;
use super::super::scope::{Resolved, bare};
use super::super::walk;
use super::{FEW_ROWS, Found};
use crate::advise::schema::written;
use crate::advise::schema::{Index, IndexKey};

const ADVICE: &str = "an index is sorted by how texts begin: let the pattern begin with text, or \
                      make an index of trigrams (the extension pg_trgm)";

/// `like '%…'` on a column without an index of trigrams.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        for condition in &block.conditions {
            let mut alternatives = vec![condition.expr];
            while let Some(expr) = alternatives.pop() {
                match bare(expr) {
                    Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
                        alternatives.extend([&**right, &**left]);
                    }
                    Expr::Like { negated: false, any: false, expr, pattern, .. }
                    | Expr::ILike { negated: false, any: false, expr, pattern, .. }
                        if begins_wild(pattern) =>
                    {
                        found.extend(on(reading, place, bare(expr)));
                    }
                    _ => {}
                }
            }
        }
    }
}

fn on(reading: &Reading<'_>, place: usize, expr: &Expr) -> Option<Found> {
    let mut searched: Option<Resolved<'_>> = None;
    walk::any(expr, &mut |part| {
        searched = searched.or_else(|| reading.column(place, part));
        searched.is_some()
    });
    let column = searched?;
    if column.block != place
        || reading.is_small(column.table, FEW_ROWS)
        || reading.is_reached(place, column.source, Some(column.column.number))
        || column.table.indexes.iter().any(|index| is_of_trigrams(index, &column))
    {
        return None;
    }
    // Around a column are mostly functions with values, and those are not shown.
    let index = reading.column(place, expr).map(|column| {
        format!(
            "create index concurrently on {} using gin ({} gin_trgm_ops)",
            column.table.written(),
            written(&column.column.name)
        )
    });
    Some(
        Found::new(FindingKind::LeadingWildcard, column.key(), ADVICE)
            .evidence("column", column.key())
            .code(index),
    )
}

/// Whether a pattern surely begins with a wildcard.
fn begins_wild(pattern: &Expr) -> bool {
    match bare(pattern) {
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text),
            ..
        }) => text.starts_with(['%', '_']),
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, .. } => begins_wild(left),
        Expr::Cast { expr, .. } => begins_wild(expr),
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(ObjectNamePart::as_ident);
            name.is_some_and(|name| name.value.eq_ignore_ascii_case("concat"))
                && walk::arguments(&function.args).next().is_some_and(begins_wild)
        }
        _ => false,
    }
}

/// Whether an index holds the parts of the column's texts. Its definition names the operators.
fn is_of_trigrams(index: &Index, column: &Resolved<'_>) -> bool {
    let is_on = |key: &IndexKey| match &key.expression {
        Some(expression) => expression.contains(&*column.column.name),
        None => key.column == Some(column.column.number),
    };
    let holds_parts = ["_trgm_ops", "bigm_ops", "pgroonga"]
        .iter()
        .any(|operators| index.definition.contains(operators));
    index.is_valid && holds_parts && index.keys.iter().any(is_on)
}
