use perf_core::FindingKind;
use sqlparser::ast::{BinaryOperator, Expr};

use super::super::block::Reading;
use super::super::conditions::Comparison;
use super::super::scope::Resolved;
use super::super::types::{is_the_same, named};
use super::super::walk;
use super::function_rewrite::{index, without_function};
use super::{FEW_ROWS, Found};
use crate::advise::schema::Column;

const ADVICE: &str = "compare the column as it is, with what the function or cast does on the side \
                      of the value, or make an index on the expression: an index on the column is \
                      not sorted by it";

/// A function, cast or sum around a column in a comparison, without an index that is made of it.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        for condition in &block.conditions {
            let Some(comparison) = Comparison::of(condition.expr) else { continue };
            for (side, others) in comparison.sides() {
                let Some(column) = only_column(reading, place, side) else { continue };
                if reading.is_small(column.table, FEW_ROWS)
                    || others.iter().any(|other| reading.mentions(place, other, column.source))
                    || reading.is_reached(place, column.source, None)
                    || reading.linter.expressions.have(column.table.oid, side)
                {
                    continue;
                }
                let code = without_function(reading, condition.expr, &comparison, side, &column)
                    .or_else(|| index(side, &column));
                found.push(
                    Found::new(FindingKind::FunctionOnColumn, column.key(), ADVICE)
                        .evidence("column", column.key())
                        .code(code),
                );
            }
        }
    }
}

/// The only column in an expression that is more than a column, and that an index could be made of.
fn only_column<'a>(reading: &Reading<'a>, place: usize, expr: &Expr) -> Option<Resolved<'a>> {
    if !is_computed(expr) {
        return None;
    }
    let (mut only, mut is_other) = (None::<Resolved<'a>>, false);
    walk::any(expr, &mut |part| {
        if matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            match (reading.column(place, part), &only) {
                (Some(column), None) => only = Some(column),
                (Some(column), Some(known)) => {
                    is_other |=
                        !column.is_beside(known) || column.column.number != known.column.number;
                }
                // `current_date` and the like are read as names too.
                (None, _) => is_other = true,
            }
        }
        is_other |= walk::subquery(part).is_some();
        is_other
    });
    only.filter(|column| !is_other && column.block == place && !is_idle(expr, column.column))
}

fn is_computed(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => function.over.is_none(),
        Expr::Cast { .. }
        | Expr::Extract { .. }
        | Expr::AtTimeZone { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Position { .. } => true,
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo
                | BinaryOperator::StringConcat
                | BinaryOperator::LongArrow
                | BinaryOperator::HashLongArrow
        ),
        _ => false,
    }
}

/// Whether it is a cast that changes nothing.
fn is_idle(expr: &Expr, column: &Column) -> bool {
    let Expr::Cast { data_type, expr: inner, .. } = expr else { return false };
    let is_bare = matches!(
        super::super::scope::bare(inner),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_)
    );
    is_bare && named(data_type).is_some_and(|cast| is_the_same(column, &cast))
}
