use perf_core::FindingKind;
use sqlparser::ast::{
    BinaryOperator, Expr, LimitClause, OrderByKind, OrderBySort, Query, SetExpr, Value,
    ValueWithSpan,
};

use super::super::block::{Place, Reading};
use super::super::conditions::single_key;
use super::super::estimate::is_grouped;
use super::super::parameters::next_parameter;
use super::super::rewrite::{Change, Part, own, with};
use super::super::scope::Resolved;
use super::super::walk;
use super::Found;
use crate::advise::schema::written;

/// To skip fewer costs a server less than the way there and back: the figure of the finding that a
/// recorder makes of pages as they are read.
const DEEP_ROWS: u64 = 1_000;

const ADVICE: &str = "begin where the page before ended (a Keyset of perf-db): the server reads all \
                      rows in front of the page and throws them away";

/// A page behind many rows, where the offset stands in the text.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        let Some(query) = block.query.filter(|_| block.place == Place::Answer) else { continue };
        let offset = match &query.limit_clause {
            Some(LimitClause::LimitOffset { offset: Some(offset), .. }) => &offset.value,
            Some(LimitClause::OffsetCommaLimit { offset, .. }) => offset,
            _ => continue,
        };
        let Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) = offset else {
            continue;
        };
        if digits.parse::<u64>().is_ok_and(|skipped| skipped < DEEP_ROWS) {
            continue;
        }
        found.push(
            Found::new(FindingKind::DeepOffset, "", ADVICE)
                .evidence("rows skipped, at least", DEEP_ROWS.to_string())
                .code(by_key(reading, place, query)),
        );
    }
}

/// The page after a row, whose keys are the last parameters; for an order of columns in one
/// direction that are never null, with the primary key behind them.
fn by_key(reading: &Reading<'_>, place: usize, query: &Query) -> Option<String> {
    let block = &reading.blocks[place];
    let table = block.table(0).filter(|_| block.sources.len() == 1)?;
    let select = block.select().filter(|select| !is_grouped(select))?;
    let by = walk::order(query);
    let is_descending = by.first()?.options.sort == Some(OrderBySort::Desc);
    let mut columns: Vec<Resolved<'_>> = Vec::new();
    for order in by {
        let is_so = order.options.sort == Some(OrderBySort::Desc);
        if matches!(order.options.sort, Some(OrderBySort::Using(_))) {
            return None;
        }
        let column = reading.column(place, &order.expr).filter(|column| !column.column.is_nullable);
        columns.push(
            column.filter(|_| is_so == is_descending && order.options.nulls_first.is_none())?,
        );
    }
    let key = single_key(table)?;
    let is_complete = columns.iter().any(|column| column.column.number == key.number);
    let mut names: Vec<String> =
        columns.iter().map(|column| written(&column.column.name).into_owned()).collect();
    if !is_complete {
        names.push(written(&key.name).into_owned());
    }
    // The offset, which is one of the values, goes.
    let next = next_parameter(reading.statement) - 1;
    let values: Vec<String> = (next..next + names.len()).map(|value| format!("${value}")).collect();
    let sign = if is_descending { "<" } else { ">" };
    let after = match &*names {
        [name] => own(format!("{name} {sign} ${next}")),
        names => own(format!("({}) {sign} ({})", names.join(", "), values.join(", "))),
    };
    let mut more = (!is_complete).then(|| by.last().cloned()).flatten();
    if let Some(order) = &mut more {
        order.expr = own(names.last()?.clone());
    }
    let given = select.selection.clone();
    let mut change = |query: &mut Query| {
        if let SetExpr::Select(select) = &mut *query.body {
            select.selection = Some(match given.clone() {
                None => after.clone(),
                Some(given) => Expr::BinaryOp {
                    left: Box::new(match given {
                        Expr::BinaryOp { op: BinaryOperator::Or, .. } => {
                            Expr::Nested(Box::new(given))
                        }
                        given => given,
                    }),
                    op: BinaryOperator::And,
                    right: Box::new(after.clone()),
                },
            });
        }
        if let (Some(order), Some(more)) = (&mut query.order_by, more.take())
            && let OrderByKind::Expressions(by) = &mut order.kind
        {
            by.push(more);
        }
        query.limit_clause = match query.limit_clause.take() {
            Some(LimitClause::LimitOffset { limit, limit_by, .. }) => {
                Some(LimitClause::LimitOffset { limit, offset: None, limit_by })
            }
            Some(LimitClause::OffsetCommaLimit { limit, .. }) => {
                let (offset, limit_by) = (None, Vec::new());
                Some(LimitClause::LimitOffset { limit: Some(limit), offset, limit_by })
            }
            None => None,
        };
    };
    with(reading.statement, Part::Query(query), Change::Query(&mut change), reading.dialect())
}
