use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget, OrderByExpr, OrderByKind,
    Query, WindowType,
};

/// Calls `visit` with each expression directly within this one; those in a subquery are not.
///
/// What is not listed is not looked into: a rule then stays silent.
pub(crate) fn children<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match expr {
        Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotUnknown(inner)
        | Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Extract { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::CompoundFieldAccess { root: inner, .. }
        | Expr::Trim { expr: inner, .. } => visit(inner),
        Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right)
        | Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. }
        | Expr::Like { expr: left, pattern: right, .. }
        | Expr::ILike { expr: left, pattern: right, .. }
        | Expr::SimilarTo { expr: left, pattern: right, .. }
        | Expr::AtTimeZone { timestamp: left, time_zone: right }
        | Expr::Position { expr: left, r#in: right } => {
            visit(left);
            visit(right);
        }
        Expr::In { expr, target, .. } => {
            visit(expr);
            match target {
                InTarget::List(list) => list.iter().for_each(visit),
                InTarget::Unnest(array) => visit(array),
                _ => {}
            }
        }
        Expr::Between { expr, low, high, .. } => {
            [expr, low, high].into_iter().for_each(|part| visit(part));
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            visit(expr);
            [substring_from, substring_for].into_iter().flatten().for_each(|part| visit(part));
        }
        Expr::Case { operand, conditions, else_result, .. } => {
            operand.iter().for_each(|part| visit(part));
            for when in conditions {
                visit(&when.condition);
                visit(&when.result);
            }
            else_result.iter().for_each(|part| visit(part));
        }
        Expr::Tuple(list) => list.iter().for_each(visit),
        Expr::Array(array) => array.elem.iter().for_each(visit),
        Expr::Interval(interval) => visit(&interval.value),
        Expr::Function(function) => {
            arguments(&function.args).for_each(&mut *visit);
            function.filter.iter().for_each(|filter| visit(filter));
            function.within_group.iter().for_each(|order| visit(&order.expr));
            if let Some(WindowType::WindowSpec(window)) = &function.over {
                window.partition_by.iter().for_each(&mut *visit);
                window.order_by.iter().for_each(|order| visit(&order.expr));
            }
        }
        _ => {}
    }
}

/// What a function is called with.
pub(crate) fn arguments(arguments: &FunctionArguments) -> impl Iterator<Item = &Expr> {
    let list = match arguments {
        FunctionArguments::List(list) => &*list.args,
        _ => &[],
    };
    list.iter().filter_map(|argument| match argument {
        FunctionArg::Named { arg: FunctionArgExpr::Expr(expr), .. }
        | FunctionArg::ExprNamed { arg: FunctionArgExpr::Expr(expr), .. }
        | FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

/// The subquery that an expression is or asks, without those further in.
pub(crate) fn subquery(expr: &Expr) -> Option<&Query> {
    match expr {
        Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => Some(subquery),
        Expr::In { target: InTarget::Subquery(subquery), .. } => Some(subquery),
        Expr::Function(function) => match &function.args {
            FunctionArguments::Subquery(subquery) => Some(subquery),
            _ => None,
        },
        _ => None,
    }
}

/// Whether this holds for the expression or for one within it.
pub(crate) fn any(expr: &Expr, is: &mut dyn FnMut(&Expr) -> bool) -> bool {
    fn find<'a>(expr: &'a Expr, is: &mut dyn FnMut(&Expr) -> bool) -> ControlFlow<()> {
        if is(expr) {
            return ControlFlow::Break(());
        }
        let mut found = ControlFlow::Continue(());
        children(expr, &mut |child: &'a Expr| {
            if found.is_continue() {
                found = find(child, is);
            }
        });
        found
    }
    find(expr, is).is_break()
}

/// What a query sorts by.
pub(crate) fn order(query: &Query) -> &[OrderByExpr] {
    match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(by)) => by,
        _ => &[],
    }
}
