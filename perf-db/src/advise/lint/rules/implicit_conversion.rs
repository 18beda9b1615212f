use perf_core::FindingKind;
use sqlparser::ast::{CastKind, DataType, Expr};
use tokio_postgres::types::Type;

use super::super::block::Reading;
use super::super::conditions::{Comparing, Comparison, leads_index};
use super::super::rewrite::{Change, Part, verbatim, with};
use super::super::scope::{Resolved, bare};
use super::super::types::{converts, of_element, of_value};
use super::{FEW_ROWS, Found};

const ADVICE: &str = "send the value in the type of the column: as it is, the server converts the \
                      column in each row, and no index on it answers (the cast of the rewrite \
                      rounds what is no whole number)";

/// A comparison for which the server converts an indexed column to the type of the value.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        for condition in &block.conditions {
            let Some(comparison) = Comparison::of(condition.expr) else { continue };
            for (side, others) in comparison.sides() {
                let Some(column) = reading.column(place, side) else { continue };
                if column.block != place
                    || !leads_index(column.table, column.column)
                    || reading.is_small(column.table, FEW_ROWS)
                {
                    continue;
                }
                found.extend(
                    others
                        .iter()
                        .find_map(|value| on(reading, place, &column, comparison.how, value)),
                );
            }
        }
    }
}

fn on(
    reading: &Reading<'_>,
    place: usize,
    column: &Resolved<'_>,
    how: Comparing,
    value: &Expr,
) -> Option<Found> {
    let given = of_value(reading, place, value)?;
    let compared = match how {
        Comparing::EqualAny => of_element(&given)?,
        _ => given.clone(),
    };
    let is_reached = reading.is_reached(place, column.source, Some(column.column.number));
    if is_reached
        || !converts(column.column, &compared)
        || reading.mentions(place, value, column.source)
    {
        return None;
    }
    Some(
        Found::new(FindingKind::ImplicitConversion, column.key(), ADVICE)
            .evidence("column", format!("{} {}", column.key(), column.column.type_name))
            .evidence("value", sql_name(&given))
            .code(cast(reading, place, column, how, value)),
    )
}

/// As SQL calls them, which is not what the catalog calls all of them.
fn sql_name(given: &Type) -> String {
    match *given {
        Type::FLOAT8 => "double precision".to_owned(),
        Type::FLOAT4 => "real".to_owned(),
        Type::BPCHAR => "character".to_owned(),
        Type::TIMETZ => "time with time zone".to_owned(),
        ref given => given.name().to_owned(),
    }
}

/// The statement with the value in the column's type.
fn cast(
    reading: &Reading<'_>,
    place: usize,
    column: &Resolved<'_>,
    how: Comparing,
    value: &Expr,
) -> Option<String> {
    // To convert another column would only change which index is lost.
    if !reading.is_value(value) || reading.column(place, value).is_some() {
        return None;
    }
    let array = if how == Comparing::EqualAny { "[]" } else { "" };
    let to = format!("{}{array}", column.column.type_name);
    let inner = match bare(value) {
        Expr::Cast { expr, .. } => (**expr).clone(),
        expr => expr.clone(),
    };
    let cast = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(inner),
        data_type: DataType::Custom(vec![verbatim(to)].into(), Vec::new()),
        format: None,
    };
    with(reading.statement, Part::Expr(value), Change::Expr(Box::new(cast)), reading.dialect())
}
