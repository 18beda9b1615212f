//! About how many rows a statement gives, with the guesses that the planner makes.

use sqlparser::ast::{Expr, GroupByExpr, ObjectNamePart, Select, SelectItem};

use super::block::Reading;
use super::conditions::{Comparing, Comparison, rows};
use super::scope::{Resolved, bare};
use super::walk;
use crate::advise::aggregates::AGGREGATES;

/// What the planner takes for a condition that it knows nothing about
/// (`DEFAULT_INEQ_SEL`).
const UNKNOWN_SHARE: f64 = 0.3333;

/// What it takes for an equality without statistics (`DEFAULT_EQ_SEL`).
const SMALL_SHARE: f64 = 0.005;

/// How many values it takes an array for, that is not known yet.
const VALUES_OF_ARRAY: f64 = 10.0;

/// Rows that a block gives at most, as far as conditions on single tables say; `None` where it has
/// more than tables in its `from`, or tables that nobody has counted.
pub(crate) fn most_rows(reading: &Reading<'_>, place: usize) -> Option<f64> {
    let block = &reading.blocks[place];
    let mut most: Option<f64> = None;
    for source in 0..block.sources.len() {
        let all = rows(block.table(source)?)?;
        let shares = block
            .conditions
            .iter()
            .filter(|condition| !condition.is_outer)
            .map(|condition| share(reading, place, source, condition.expr));
        let left = match reading.is_one_row(place, source) {
            true => 1.0,
            false => all * shares.product::<f64>(),
        };
        most = Some(most.map_or(left, |most| most.min(left)));
    }
    most
}

fn share(reading: &Reading<'_>, place: usize, source: usize, condition: &Expr) -> f64 {
    let is_ours = |column: &Resolved<'_>| (column.block, column.source) == (place, source);
    if let Some(comparison) = Comparison::of(condition) {
        for (side, others) in comparison.sides() {
            let Some(column) = reading.column(place, side).filter(is_ours) else { continue };
            let is_join = others.iter().any(|other| !reading.is_value(other));
            return match comparison.how {
                _ if is_join => 1.0,
                _ if others.is_empty() => UNKNOWN_SHARE,
                Comparing::Equal => equal_share(&column) * others.len() as f64,
                Comparing::EqualAny => equal_share(&column) * VALUES_OF_ARRAY,
                // From here to there: how much that is was chosen by who asks.
                Comparing::Range if others.len() == 2 || is_closed(reading, column, condition) => {
                    0.0
                }
                Comparing::Range => UNKNOWN_SHARE,
            }
            .min(1.0);
        }
    }
    let null = match bare(condition) {
        Expr::IsNull(inner) => Some((inner, true)),
        Expr::IsNotNull(inner) => Some((inner, false)),
        _ => None,
    };
    if let Some((inner, is_null)) = null
        && let Some(column) = reading.column(place, inner).filter(is_ours)
    {
        let nulls = column.column.statistics.map_or(SMALL_SHARE, |known| known.null_share);
        return if is_null { nulls } else { 1.0 - nulls };
    }
    match reading.mentions(place, condition, source) || walk::subquery(bare(condition)).is_some() {
        true => UNKNOWN_SHARE,
        false => 1.0,
    }
}

/// Whether another condition ends the range of this one.
fn is_closed(reading: &Reading<'_>, column: Resolved<'_>, condition: &Expr) -> bool {
    let conditions = reading.blocks[column.block].conditions.iter();
    conditions.filter(|other| !std::ptr::eq(other.expr, condition)).any(|other| {
        let other = Comparison::of(other.expr).filter(|other| other.how == Comparing::Range);
        other.is_some_and(|other| {
            other.sides().any(|(side, _)| {
                reading.column(column.block, side).is_some_and(|other| {
                    other.is_beside(&column) && other.column.number == column.column.number
                })
            })
        })
    })
}

fn equal_share(column: &Resolved<'_>) -> f64 {
    let all = rows(column.table).unwrap_or(1.0).max(1.0);
    match column.column.statistics.map(|known| known.distinct) {
        Some(distinct) if distinct > 0.0 => 1.0 / distinct,
        Some(distinct) if distinct < 0.0 => 1.0 / (-distinct * all).max(1.0),
        _ => SMALL_SHARE,
    }
}

/// Whether a `select` has a `group by`.
pub(crate) fn is_grouped_by(select: &Select) -> bool {
    match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(by, _) => !by.is_empty(),
    }
}

/// Whether a `select` makes of many rows one or few.
pub(crate) fn is_grouped(select: &Select) -> bool {
    let of = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            walk::any(expr, &mut is_aggregate)
        }
        _ => false,
    };
    is_grouped_by(select)
        || select.distinct.is_some()
        || select.having.is_some()
        || select.projection.iter().any(of)
}

fn is_aggregate(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let name = function.name.0.last().and_then(ObjectNamePart::as_ident);
    function.over.is_none()
        && name.is_some_and(|name| {
            AGGREGATES.iter().any(|known| name.value.eq_ignore_ascii_case(known))
        })
}
