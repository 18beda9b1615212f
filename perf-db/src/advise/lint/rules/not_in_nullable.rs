use perf_core::FindingKind;
use perf_core::finding::Severity;
use sqlparser::ast::{
    BinaryOperator, Expr, InTarget, Query, Select, SelectItem, SetExpr, UnaryOperator,
};

use super::super::block::Reading;
use super::super::conditions::Comparison;
use super::super::estimate::is_grouped;
use super::super::read::is_limited;
use super::super::rewrite::{Change, Part, own, with};
use super::super::scope::{Resolved, bare};
use super::Found;
use crate::advise::schema::written;

const ADVICE: &str = "ask with not exists: one null among what the subquery gives, and not in is \
                      true for no row; nor can it be planned as a join";

/// `not in (select …)` of a column that can be null.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        for condition in &block.conditions {
            let Some((outer, subquery)) = not_in(condition.expr) else { continue };
            let is_it = |query: &Query| std::ptr::eq(query, subquery);
            let Some(inner) =
                reading.blocks.iter().position(|block| block.query.is_some_and(is_it))
            else {
                continue;
            };
            let Some(column) = only_column(reading, inner) else { continue };
            if !column.column.is_nullable || is_never_null(reading, inner, &column) {
                continue;
            }
            let code = not_exists(reading, condition.expr, subquery, (place, outer), &column)
                .or_else(|| without_nulls(reading, subquery, &column));
            found.push(
                Found::new(FindingKind::NotInNullable, column.key(), ADVICE)
                    .severity(Severity::Warning)
                    .evidence("column that can be null", column.key())
                    .code(code),
            );
        }
    }
}

/// What is not in which subquery.
fn not_in(expr: &Expr) -> Option<(&Expr, &Query)> {
    match expr {
        Expr::In { expr, target: InTarget::Subquery(subquery), negated: true, .. } => {
            Some((expr, subquery))
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => match bare(expr) {
            Expr::In { expr, target: InTarget::Subquery(subquery), negated: false, .. } => {
                Some((expr, subquery))
            }
            _ => None,
        },
        Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => match bare(right) {
            Expr::Subquery(subquery) => Some((left, subquery)),
            _ => None,
        },
        _ => None,
    }
}

/// The one column that a subquery gives.
fn only_column<'a>(reading: &Reading<'a>, inner: usize) -> Option<Resolved<'a>> {
    match &*reading.blocks[inner].select()?.projection {
        [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] => {
            reading.column(inner, expr).filter(|column| column.block == inner)
        }
        _ => None,
    }
}

/// Whether a condition of the subquery holds for no null.
fn is_never_null(reading: &Reading<'_>, inner: usize, column: &Resolved<'_>) -> bool {
    let is_it = |expr: &Expr| {
        reading.column(inner, expr).is_some_and(|other| {
            other.is_beside(column) && other.column.number == column.column.number
        })
    };
    let conditions = reading.blocks[inner].conditions.iter();
    conditions.filter(|condition| !condition.is_outer).any(|condition| match condition.expr {
        Expr::IsNotNull(expr) => is_it(expr),
        Expr::Like { expr, .. } | Expr::ILike { expr, .. } | Expr::Between { expr, .. } => {
            is_it(expr)
        }
        Expr::BinaryOp { left, op: BinaryOperator::NotEq, right } => is_it(left) || is_it(right),
        expr => Comparison::of(expr)
            .is_some_and(|comparison| comparison.sides().any(|(side, _)| is_it(side))),
    })
}

fn plain(subquery: &Query) -> Option<&Select> {
    match &*subquery.body {
        SetExpr::Select(select) if !is_grouped(select) && !is_limited(subquery) => Some(select),
        _ => None,
    }
}

/// The same with `not exists`, where the outer column is never null and the names can be told
/// apart.
fn not_exists(
    reading: &Reading<'_>,
    condition: &Expr,
    subquery: &Query,
    (place, outer): (usize, &Expr),
    inner: &Resolved<'_>,
) -> Option<String> {
    plain(subquery).filter(|_| subquery.with.is_none())?;
    let outer = reading.column(place, outer).filter(|outer| !outer.column.is_nullable)?;
    let name = |column: &Resolved<'_>| {
        let source = &reading.blocks[column.block].sources[column.source];
        (source.name.clone(), format!("{}.{}", written(&source.name), written(&column.column.name)))
    };
    let ((of_outer, outer), (of_inner, inner)) = (name(&outer), name(inner));
    if of_outer == of_inner {
        return None;
    }
    let mut asked = Box::new(subquery.clone());
    if let SetExpr::Select(select) = &mut *asked.body {
        select.projection = vec![SelectItem::UnnamedExpr(own("1"))];
        and(&mut select.selection, own(format!("{inner} = {outer}")));
    }
    let changed = Expr::Exists { subquery: asked, negated: true };
    with(
        reading.statement,
        Part::Expr(condition),
        Change::Expr(Box::new(changed)),
        reading.dialect(),
    )
}

/// The subquery without its nulls.
fn without_nulls(reading: &Reading<'_>, subquery: &Query, inner: &Resolved<'_>) -> Option<String> {
    let select = plain(subquery)?;
    let source = &reading.blocks[inner.block].sources[inner.source];
    let column = format!("{}.{}", written(&source.name), written(&inner.column.name));
    let mut change = |select: &mut Select| {
        and(&mut select.selection, own(format!("{column} is not null")));
    };
    let part = Part::Select(select);
    with(reading.statement, part, Change::Select(&mut change), reading.dialect())
}

fn and(selection: &mut Option<Expr>, condition: Expr) {
    *selection = Some(match selection.take() {
        None => condition,
        Some(given) => Expr::BinaryOp {
            left: Box::new(match given {
                Expr::BinaryOp { op: BinaryOperator::Or, .. } => Expr::Nested(Box::new(given)),
                given => given,
            }),
            op: BinaryOperator::And,
            right: Box::new(condition),
        },
    });
}
