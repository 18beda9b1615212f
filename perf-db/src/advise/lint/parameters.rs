//! A parameter in the place of each value of a statement.

use std::ops::ControlFlow;

use perf_core::sql::Dialect;
use sqlparser::ast::{
    CastKind, DataType, Expr, GroupByExpr, Interval, OrderByExpr, Statement, Value, ValueWithSpan,
    Visit, VisitMut, Visitor, VisitorMut,
};

use super::rewrite::own;

/// The number of the next parameter.
pub(crate) fn next_parameter(statement: &Statement) -> usize {
    with_parameters(&mut statement.clone(), Dialect::Postgres) + 1
}

/// Puts a parameter for each value, and says which is the last.
pub(crate) fn with_parameters(statement: &mut Statement, dialect: Dialect) -> usize {
    let mut highest = Highest(0);
    let _ = Visit::visit(statement, &mut highest);
    let mut parameters = Parameters { last: highest.0, dialect };
    let _ = VisitMut::visit(statement, &mut parameters);
    parameters.last
}

/// The highest number of a parameter.
struct Highest(usize);

impl Visitor for Highest {
    type Break = ();

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Some(number) = parameter(&value.value) {
            self.0 = self.0.max(number);
        }
        ControlFlow::Continue(())
    }
}

struct Parameters {
    last: usize,
    dialect: Dialect,
}

impl VisitorMut for Parameters {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        // `date '2026-01-01'` takes a literal only; a cast takes a parameter as well.
        let (value, data_type) = match expr {
            Expr::TypedString(typed) => (Expr::Value(typed.value.clone()), typed.data_type.clone()),
            Expr::Interval(Interval { value, leading_field: None, .. }) => {
                ((**value).clone(), DataType::Interval { fields: None, precision: None })
            }
            _ => return ControlFlow::Continue(()),
        };
        if self.dialect == Dialect::Postgres {
            let kind = CastKind::DoubleColon;
            *expr = Expr::Cast { kind, expr: Box::new(value), data_type, format: None };
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_order_by_expr(&mut self, order: &mut OrderByExpr) -> ControlFlow<()> {
        keep_position(&mut order.expr);
        ControlFlow::Continue(())
    }

    fn pre_visit_group_by(&mut self, by: &mut GroupByExpr) -> ControlFlow<()> {
        if let GroupByExpr::Expressions(by, _) = by {
            by.iter_mut().for_each(keep_position);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if is_literal(&value.value) {
            self.last += 1;
            let parameter = match self.dialect {
                Dialect::Postgres => format!("${}", self.last),
                _ => "?".to_owned(),
            };
            value.value = Value::Placeholder(parameter);
        }
        ControlFlow::Continue(())
    }
}

/// `order by 1` means the first column, and a parameter would mean a value.
fn keep_position(expr: &mut Expr) {
    if let Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) = expr
        && digits.parse::<u16>().is_ok()
    {
        *expr = own(digits.clone());
    }
}

fn is_literal(value: &Value) -> bool {
    !matches!(value, Value::Placeholder(_) | Value::Null | Value::Boolean(_))
}

/// Which parameter a value is, from 1.
pub(crate) fn parameter(value: &Value) -> Option<usize> {
    let Value::Placeholder(name) = value else { return None };
    name.strip_prefix('$')?.parse().ok().filter(|number| *number <= usize::from(u16::MAX))
}
