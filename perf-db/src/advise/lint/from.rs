//! What stands in `from`: how it is joined, and what its names are.

use sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, Query, SelectItem, SetExpr, TableAlias, TableFactor,
};

use super::block::How;
use super::scope::folded;

pub(super) fn alias_of(factor: &TableFactor) -> Option<&TableAlias> {
    match factor {
        TableFactor::Table { alias, .. }
        | TableFactor::TableFunction { alias, .. }
        | TableFactor::Function { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::JsonTable { alias, .. }
        | TableFactor::NestedJoin { alias, .. } => alias.as_ref(),
        _ => None,
    }
}

pub(super) fn join_of(join: &Join) -> (How, Option<&Expr>, bool) {
    let (constraint, is_outer) = match &join.join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::StraightJoin(constraint) => (constraint, false),
        JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => (constraint, true),
        JoinOperator::CrossJoin(_) => return (How::Cross, None, false),
        _ => return (How::Bound, None, true),
    };
    match constraint {
        JoinConstraint::On(condition) => (How::On, Some(condition), is_outer),
        JoinConstraint::None => (How::Cross, None, is_outer),
        _ => (How::Bound, None, is_outer),
    }
}

/// The names of a subquery's columns, where all have one.
pub(super) fn columns(query: &Query, alias: Option<&TableAlias>) -> Option<Vec<String>> {
    if let Some(alias) = alias
        && !alias.columns.is_empty()
    {
        return Some(
            alias.columns.iter().map(|column| folded(&column.name).into_owned()).collect(),
        );
    }
    let mut body = &*query.body;
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Query(query) => body = &query.body,
            _ => return None,
        }
    };
    let named = select.projection.iter().map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias).into_owned()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(folded(name).into_owned()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => {
            names.last().map(|name| folded(name).into_owned())
        }
        _ => None,
    });
    named.collect()
}
