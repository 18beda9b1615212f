//! A comparison of a computed column as one of the column, or the index for it.

use sqlparser::ast::{
    BinaryOperator, DataType, DateTimeField, Expr, ObjectNamePart, Value, ValueWithSpan,
};
use tokio_postgres::types::Type;

use super::super::block::Reading;
use super::super::conditions::Comparison;
use super::super::rewrite::{Change, Part, own, verbatim, with};
use super::super::scope::{Resolved, bare};
use super::super::types::{converts, named, of_value};
use super::super::walk;
use crate::advise::schema::written;

/// The statement with the column compared as it is, where that gives the same rows.
pub(super) fn without_function(
    reading: &Reading<'_>,
    condition: &Expr,
    comparison: &Comparison<'_>,
    side: &Expr,
    column: &Resolved<'_>,
) -> Option<String> {
    let column_type = Type::from_oid(column.column.type_oid)?;
    let is_time = [Type::TIMESTAMP, Type::TIMESTAMPTZ].contains(&column_type);
    let changed = match side {
        _ if is_time && is_date_of(side) => {
            let inner = inner_column(side)?;
            in_days(inner, condition, comparison, side)?
        }
        Expr::Extract { field: DateTimeField::Year, expr, .. }
            if is_time || column_type == Type::DATE =>
        {
            let value = equal_to(condition, side)?;
            let start = |year: Expr| call("make_date", vec![year, own("1"), own("1")]);
            let year = cast(value.clone(), "int");
            let next = binary(year.clone(), BinaryOperator::Plus, own("1"));
            half_open((**expr).clone(), start(year), start(next))
        }
        Expr::Cast { expr, data_type, .. }
            if named(data_type) == Some(Type::TEXT) && is_of_one_form(&column_type) =>
        {
            let value = equal_to(condition, side)?;
            let value = cast(value.clone(), &column.column.type_name);
            binary((**expr).clone(), BinaryOperator::Eq, value)
        }
        Expr::BinaryOp { left, op, right } if is_whole(&column_type) => {
            let back = match op {
                BinaryOperator::Plus => BinaryOperator::Minus,
                BinaryOperator::Minus => BinaryOperator::Plus,
                _ => return None,
            };
            // `7 - id` turns the order around.
            if reading.is_value(left) || !reading.is_value(right) || !is_whole_value(right) {
                return None;
            }
            let Expr::BinaryOp { left: compared, op: how, right: value } = bare(condition) else {
                return None;
            };
            if bare(compared) != side {
                return None;
            }
            let of_value = of_value(reading, column.block, value);
            if of_value.is_some_and(|of_value| converts(column.column, &of_value)) {
                return None;
            }
            let value = binary((**value).clone(), back, (**right).clone());
            binary((**left).clone(), how.clone(), value)
        }
        _ => return None,
    };
    with(
        reading.statement,
        Part::Expr(condition),
        Change::Expr(Box::new(changed)),
        reading.dialect(),
    )
}

/// The index on the expression, where the server allows one and it holds no value.
pub(super) fn index(side: &Expr, column: &Resolved<'_>) -> Option<String> {
    /// For these the same text or number always gives the same.
    const IMMUTABLE: [&str; 10] = [
        "lower",
        "upper",
        "abs",
        "length",
        "char_length",
        "md5",
        "btrim",
        "ltrim",
        "rtrim",
        "reverse",
    ];
    let Expr::Function(function) = side else { return None };
    let name = function_name(side)?;
    let name = IMMUTABLE.iter().find(|immutable| name.eq_ignore_ascii_case(immutable))?;
    let mut arguments = walk::arguments(&function.args);
    let (Some(argument), None) = (arguments.next(), arguments.next()) else { return None };
    matches!(bare(argument), Expr::Identifier(_) | Expr::CompoundIdentifier(_)).then_some(())?;
    Some(format!(
        "create index concurrently on {} ({name}({}))",
        column.table.written(),
        written(&column.column.name)
    ))
}

fn function_name(expr: &Expr) -> Option<&str> {
    let Expr::Function(function) = expr else { return None };
    function.name.0.last().and_then(ObjectNamePart::as_ident).map(|name| &*name.value)
}

/// `at::date` and `date(at)`.
fn is_date_of(side: &Expr) -> bool {
    match side {
        Expr::Cast { data_type, .. } => *data_type == DataType::Date,
        side => function_name(side).is_some_and(|name| name.eq_ignore_ascii_case("date")),
    }
}

fn inner_column(side: &Expr) -> Option<&Expr> {
    let inner = match side {
        Expr::Cast { expr, .. } => expr,
        Expr::Function(function) => walk::arguments(&function.args).next()?,
        _ => return None,
    };
    matches!(bare(inner), Expr::Identifier(_) | Expr::CompoundIdentifier(_)).then_some(inner)
}

/// What the side is equal to.
fn equal_to<'e>(condition: &'e Expr, side: &Expr) -> Option<&'e Expr> {
    match bare(condition) {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            match (bare(left) == side, bare(right) == side) {
                (true, false) => Some(right),
                (false, true) => Some(left),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A comparison of days as one of points in time.
fn in_days(
    column: &Expr,
    condition: &Expr,
    comparison: &Comparison<'_>,
    side: &Expr,
) -> Option<Expr> {
    let day = |value: &Expr| cast(value.clone(), "date");
    let after = |value: &Expr| binary(day(value), BinaryOperator::Plus, own("1"));
    if let Some(value) = equal_to(condition, side) {
        return Some(half_open(column.clone(), day(value), after(value)));
    }
    match bare(condition) {
        Expr::Between { expr, negated: false, low, high } if bare(expr) == side => {
            Some(half_open(column.clone(), day(low), after(high)))
        }
        Expr::BinaryOp { left, op, right } if bare(left) == side && comparison.right.len() == 1 => {
            let (op, value) = match op {
                BinaryOperator::GtEq => (BinaryOperator::GtEq, day(right)),
                BinaryOperator::Gt => (BinaryOperator::GtEq, after(right)),
                BinaryOperator::Lt => (BinaryOperator::Lt, day(right)),
                BinaryOperator::LtEq => (BinaryOperator::Lt, after(right)),
                _ => return None,
            };
            Some(binary(column.clone(), op, value))
        }
        _ => None,
    }
}

fn half_open(column: Expr, from: Expr, to: Expr) -> Expr {
    let from = binary(column.clone(), BinaryOperator::GtEq, from);
    let to = binary(column, BinaryOperator::Lt, to);
    Expr::Nested(Box::new(binary(from, BinaryOperator::And, to)))
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

fn cast(value: Expr, to: &str) -> Expr {
    let value = match bare(&value) {
        // `now()::date` is one already.
        Expr::Cast { data_type: DataType::Date, .. } if to == "date" => return value,
        Expr::TypedString(typed) => Expr::Value(typed.value.clone()),
        _ => value,
    };
    let needs_parentheses = !matches!(
        value,
        Expr::Value(_) | Expr::Function(_) | Expr::Nested(_) | Expr::Identifier(_)
    );
    let value = if needs_parentheses { Expr::Nested(Box::new(value)) } else { value };
    Expr::Cast {
        kind: sqlparser::ast::CastKind::DoubleColon,
        expr: Box::new(value),
        data_type: DataType::Custom(vec![verbatim(to)].into(), Vec::new()),
        format: None,
    }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    use sqlparser::ast::{
        Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    };
    let args = arguments
        .into_iter()
        .map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)))
        .collect();
    Expr::Function(Function {
        name: vec![verbatim(name)].into(),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        within_group: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    })
}

/// Types whose values each have one text.
fn is_of_one_form(column: &Type) -> bool {
    is_whole(column) || *column == Type::UUID
}

fn is_whole(column: &Type) -> bool {
    [Type::INT2, Type::INT4, Type::INT8].contains(column)
}

fn is_whole_value(value: &Expr) -> bool {
    match bare(value) {
        Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
            digits.parse::<i64>().is_ok()
        }
        Expr::Value(ValueWithSpan { value: Value::Placeholder(_), .. }) => true,
        _ => false,
    }
}
