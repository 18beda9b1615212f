use perf_core::FindingKind;
use sqlparser::ast::{BinaryOperator, Expr, Query, Select, SetExpr, SetOperator, SetQuantifier};

use super::super::block::{Place, Reading};
use super::super::conditions::{Comparison, leads_index};
use super::super::estimate::is_grouped;
use super::super::read::is_limited;
use super::super::rewrite::{Change, Part, with};
use super::super::scope::{Resolved, bare};
use super::super::walk;
use super::{FEW_ROWS, Found};
use crate::advise::schema::written;

const APART: &str = "ask for each side of the or by itself and put the answers together with union \
                     all: one index answers one side, and none answers the or";

const BESIDE: &str = "make an index for the side of the or that has none: as it is, all rows are read \
                      for it, and the index of the other side is of no use";

/// An `or` whose sides one index, or one for each, cannot answer.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        for condition in &block.conditions {
            let mut sides = Vec::new();
            split(condition.expr, &BinaryOperator::Or, &mut sides);
            if sides.len() < 2 {
                continue;
            }
            let sides: Option<Vec<Side<'_>>> =
                sides.into_iter().map(|side| Side::of(reading, place, side)).collect();
            found.extend(sides.and_then(|sides| on(reading, place, condition.expr, &sides)));
        }
    }
}

/// One side of an `or`, on columns of one source.
struct Side<'a> {
    expr: &'a Expr,
    /// What an index is asked for, of several the one that has one.
    column: Resolved<'a>,
    is_indexed: bool,
    has_subquery: bool,
}

impl<'a> Side<'a> {
    /// `None` where it compares no column of one source in this block: then nobody knows.
    fn of(reading: &Reading<'a>, place: usize, expr: &'a Expr) -> Option<Self> {
        let mut all = Vec::new();
        split(expr, &BinaryOperator::And, &mut all);
        let has_subquery = walk::any(expr, &mut |part| walk::subquery(part).is_some());
        let mut found: Option<(Resolved<'a>, bool)> = None;
        for condition in all {
            let comparison = Comparison::of(condition)?;
            for (side, others) in comparison.sides() {
                let Some(column) = reading.column(place, side) else { continue };
                let is_value = others.iter().all(|other| reading.is_value(other));
                if column.block != place || !is_value {
                    return None;
                }
                let is_indexed = leads_index(column.table, column.column);
                match &found {
                    Some((known, _)) if !known.is_beside(&column) => return None,
                    Some((_, true)) => {}
                    _ => found = Some((column, is_indexed)),
                }
            }
        }
        let (column, is_indexed) = found?;
        Some(Self { expr, column, is_indexed, has_subquery })
    }
}

fn on(reading: &Reading<'_>, place: usize, condition: &Expr, sides: &[Side<'_>]) -> Option<Found> {
    let block = &reading.blocks[place];
    let is_found = (0..block.sources.len()).any(|source| is_found(reading, place, source));
    let is_small = sides.iter().any(|side| reading.is_small(side.column.table, FEW_ROWS));
    let is_one_column = sides.iter().all(|side| {
        side.column.is_beside(&sides[0].column)
            && side.column.column.number == sides[0].column.column.number
    });
    let indexed = sides.iter().filter(|side| side.is_indexed).count();
    if is_found
        || is_small
        || indexed == 0
        || (is_one_column && !sides.iter().any(|side| side.has_subquery))
    {
        return None;
    }
    let mut names: Vec<String> = sides.iter().map(|side| side.column.key()).collect();
    names.dedup();
    let which = names.join(":");
    let is_apart =
        sides.iter().any(|side| side.has_subquery || !side.column.is_beside(&sides[0].column));
    let found = |advice| {
        Found::new(FindingKind::OrAcrossColumns, which, advice)
            .evidence("columns", names.join(", "))
    };
    match is_apart {
        true => Some(found(APART).code(union(reading, place, condition, sides))),
        // Bitmaps of several indexes are put together.
        false if indexed == sides.len() => None,
        false => {
            let missing = sides.iter().filter(|side| !side.is_indexed).map(|side| {
                let (table, column) = (side.column.table, &side.column.column.name);
                format!("create index concurrently on {} ({})", table.written(), written(column))
            });
            let missing: Vec<String> = missing.collect();
            Some(found(BESIDE).code(Some(missing.join(";\n"))))
        }
    }
}

/// Whether an index finds rows of this source by a value.
fn is_found(reading: &Reading<'_>, place: usize, source: usize) -> bool {
    reading.blocks[place].conditions.iter().any(|condition| {
        let Some(comparison) = Comparison::of(condition.expr) else { return false };
        comparison.sides().any(|(side, others)| {
            reading.column(place, side).is_some_and(|column| {
                (column.block, column.source) == (place, source)
                    && leads_index(column.table, column.column)
                    && others.iter().all(|other| reading.is_value(other))
            })
        })
    })
}

/// The statement as one for each side, without the rows that one before has given.
fn union(
    reading: &Reading<'_>,
    place: usize,
    condition: &Expr,
    sides: &[Side<'_>],
) -> Option<String> {
    let block = &reading.blocks[place];
    let query = block.query.filter(|query| {
        block.place == Place::Answer
            && query.order_by.is_none()
            && !is_limited(query)
            && query.limit_clause.is_none()
            && query.locks.is_empty()
    })?;
    let select = block.select().filter(|select| !is_grouped(select))?;
    let mut given = Vec::new();
    split(select.selection.as_ref()?, &BinaryOperator::And, &mut given);
    let at = given.iter().position(|expr| std::ptr::eq(bare(expr), condition))?;
    given.remove(at);
    let part = |number: usize| {
        let mut conditions: Vec<Expr> = given.iter().map(|expr| nested(expr)).collect();
        conditions.push(nested(sides[number].expr));
        let before = &sides[..number];
        conditions.extend(
            before
                .iter()
                .map(|side| Expr::IsNotTrue(Box::new(Expr::Nested(Box::new(side.expr.clone()))))),
        );
        let and = |left, right| Expr::BinaryOp {
            left: Box::new(left),
            op: BinaryOperator::And,
            right: Box::new(right),
        };
        let mut select: Box<Select> = Box::new(select.clone());
        select.selection = conditions.into_iter().reduce(and);
        SetExpr::Select(select)
    };
    let body = (0..sides.len()).map(part).reduce(|left, right| SetExpr::SetOperation {
        op: SetOperator::Union,
        set_quantifier: SetQuantifier::All,
        left: Box::new(left),
        right: Box::new(right),
    });
    let mut body = body.map(Box::new);
    let mut change = |query: &mut Query| {
        if let Some(body) = body.take() {
            query.body = body;
        }
    };
    with(reading.statement, Part::Query(query), Change::Query(&mut change), reading.dialect())
}

/// An expression that can stand beside an `and`.
fn nested(expr: &Expr) -> Expr {
    match bare(expr) {
        or @ Expr::BinaryOp { op: BinaryOperator::Or, .. } => Expr::Nested(Box::new(or.clone())),
        expr => expr.clone(),
    }
}

/// Takes an expression apart at this operator.
fn split<'e>(expr: &'e Expr, at: &BinaryOperator, parts: &mut Vec<&'e Expr>) {
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        match bare(expr) {
            Expr::BinaryOp { left: first, op, right } if op == at => {
                left.extend([&**right, &**first]);
            }
            expr => parts.push(expr),
        }
    }
}
