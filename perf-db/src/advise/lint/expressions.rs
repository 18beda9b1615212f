//! The expressions that indexes are made of, to compare those of statements with.

use std::collections::HashMap;

use perf_core::sql::Dialect;
use sqlparser::ast::{
    CastKind, Expr, Function, FunctionArguments, SelectItem, SetExpr, Statement, Value,
    ValueWithSpan,
};

use super::scope::{bare, folded};
use super::{parse, walk};
use crate::advise::schema::Schema;

/// By the number of the table. Those that cannot be read are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expressions(HashMap<u32, Vec<Expr>>);

impl Expressions {
    pub(crate) fn of(schema: &Schema) -> Self {
        let mut all: HashMap<u32, Vec<Expr>> = HashMap::new();
        for table in &schema.tables {
            let keys = table.indexes.iter().filter(|index| index.is_valid);
            let written = keys.flat_map(|index| &index.keys).filter_map(|key| {
                let text = key.expression.as_ref()?;
                parse::with(&format!("select {text}"), Dialect::Postgres, expression)?
            });
            let expressions: Vec<Expr> = written.collect();
            if !expressions.is_empty() {
                all.insert(table.oid, expressions);
            }
        }
        Self(all)
    }

    /// Whether an index of the table is made of this expression.
    pub(crate) fn have(&self, table: u32, expr: &Expr) -> bool {
        self.0.get(&table).is_some_and(|all| all.iter().any(|known| are_equal(known, expr)))
    }
}

fn expression(statement: Statement) -> Option<Expr> {
    let Statement::Query(query) = statement else { return None };
    let SetExpr::Select(mut select) = *query.body else { return None };
    match select.projection.pop()? {
        SelectItem::UnnamedExpr(expr) => Some(expr),
        _ => None,
    }
}

/// Whether two expressions on one table are the same but for the way they are written. A parameter
/// may be any value.
fn are_equal(one: &Expr, other: &Expr) -> bool {
    let (one, other) = (stripped(one), stripped(other));
    let are_alike = match (one, other) {
        (Expr::Value(one), Expr::Value(other)) => return are_one_value(one, other),
        (Expr::Identifier(_) | Expr::CompoundIdentifier(_), _) => {
            return column(one).is_some() && column(one) == column(other);
        }
        (Expr::Function(one), Expr::Function(other)) => are_one_function(one, other),
        (Expr::BinaryOp { op: one, .. }, Expr::BinaryOp { op: other, .. }) => one == other,
        (Expr::UnaryOp { op: one, .. }, Expr::UnaryOp { op: other, .. }) => one == other,
        (Expr::Cast { data_type: one, .. }, Expr::Cast { data_type: other, .. }) => {
            one == other
                || super::types::named(one)
                    .is_some_and(|named| super::types::named(other) == Some(named))
        }
        (Expr::Extract { field: one, .. }, Expr::Extract { field: other, .. }) => one == other,
        (Expr::AtTimeZone { .. }, Expr::AtTimeZone { .. })
        | (Expr::Substring { .. }, Expr::Substring { .. })
        | (Expr::Position { .. }, Expr::Position { .. }) => true,
        (
            Expr::Trim { trim_where: one, trim_what: None, .. },
            Expr::Trim { trim_where: other, trim_what: None, .. },
        ) => one == other,
        (one, other) => return one == other,
    };
    are_alike && {
        let (ones, others) = (parts(one), parts(other));
        ones.len() == others.len()
            && ones.iter().zip(others).all(|(one, other)| are_equal(one, other))
    }
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    let mut parts = Vec::new();
    walk::children(expr, &mut |part| parts.push(part));
    parts
}

/// Without parentheses, and without the casts between texts that the server writes out.
fn stripped(expr: &Expr) -> &Expr {
    let mut expr = bare(expr);
    while let Expr::Cast {
        kind: CastKind::DoubleColon | CastKind::Cast,
        expr: inner,
        data_type,
        ..
    } = expr
    {
        use tokio_postgres::types::Type;
        let is_of_text = matches!(super::types::named(data_type), Some(Type::TEXT | Type::VARCHAR));
        let is_written_out = matches!(
            bare(inner),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
        );
        match is_of_text && is_written_out {
            true => expr = bare(inner),
            false => break,
        }
    }
    expr
}

fn column(expr: &Expr) -> Option<std::borrow::Cow<'_, str>> {
    match expr {
        Expr::Identifier(name) => Some(folded(name)),
        Expr::CompoundIdentifier(names) => names.last().map(folded),
        _ => None,
    }
}

fn are_one_value(one: &ValueWithSpan, other: &ValueWithSpan) -> bool {
    let is_any = |value: &Value| matches!(value, Value::Placeholder(_));
    one.value == other.value || is_any(&one.value) || is_any(&other.value)
}

fn are_one_function(one: &Function, other: &Function) -> bool {
    let name = |function: &Function| {
        let name = function.name.0.last()?.as_ident()?;
        Some(folded(name).into_owned())
    };
    let is_plain = |function: &Function| {
        function.over.is_none()
            && function.filter.is_none()
            && !matches!(function.args, FunctionArguments::Subquery(_))
    };
    is_plain(one) && is_plain(other) && name(one).is_some() && name(one) == name(other)
}
