use perf_core::FindingKind;
use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart, SelectItem, Value,
    ValueWithSpan,
};

use super::super::block::Reading;
use super::super::conditions::{is_trivial, rows};
use super::super::estimate::is_grouped_by;
use super::Found;

/// To count as many takes about 10 ms in memory, at 0.1 µs a row.
const MANY_ROWS: f64 = 100_000.0;

const ADVICE: &str = "each count reads all rows or a whole index: where about as many will do, take \
                      what the planner counts on; where it must be exact, keep a count as rows \
                      come and go";

/// `count(*)` of all rows of a large table.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for block in &reading.blocks {
        let Some(select) = block.select() else { continue };
        let is_all = select.selection.as_ref().is_none_or(is_trivial);
        let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
            &*select.projection
        else {
            continue;
        };
        let Some(table) = block.table(0).filter(|_| block.sources.len() == 1 && is_all) else {
            continue;
        };
        let Some(count) = rows(table).filter(|rows| *rows >= MANY_ROWS) else { continue };
        let is_grouped = is_grouped_by(select);
        if !is_count_of_rows(expr) || is_grouped {
            continue;
        }
        let name = table.written().replace('\'', "''");
        let code = format!(
            "select reltuples::bigint as count from pg_class where oid = '{name}'::regclass"
        );
        found.push(
            Found::new(FindingKind::CountAll, table.full_name(), ADVICE)
                .evidence("rows", format!("{count:.0}"))
                .code(Some(code)),
        );
    }
}

/// `count(*)` and `count(1)`.
fn is_count_of_rows(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let name = function.name.0.last().and_then(ObjectNamePart::as_ident);
    let is_count = name.is_some_and(|name| name.value.eq_ignore_ascii_case("count"));
    let FunctionArguments::List(list) = &function.args else { return false };
    let [FunctionArg::Unnamed(counted)] = &*list.args else { return false };
    let is_of_rows = match counted {
        FunctionArgExpr::Wildcard => true,
        FunctionArgExpr::Expr(Expr::Value(ValueWithSpan { value, .. })) => {
            !matches!(value, Value::Null)
        }
        _ => false,
    };
    is_count
        && is_of_rows
        && list.duplicate_treatment.is_none()
        && function.filter.is_none()
        && function.over.is_none()
}
