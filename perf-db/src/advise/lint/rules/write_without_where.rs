use perf_core::FindingKind;
use perf_core::finding::Severity;
use perf_core::sql::Dialect;
use sqlparser::ast::Statement;

use super::super::block::{Body, Reading};
use super::super::conditions::{is_trivial, rows, single_key};
use super::super::parameters::next_parameter;
use super::super::rewrite::{own, shown};
use super::{FEW_ROWS, Found};
use crate::advise::schema::written;

const ADVICE: &str = "say which rows are meant; where all are, change them in rounds of some \
                      thousand by the key, so that each transaction is short and vacuum can follow";

/// An `update` or `delete` of all rows of a table that has more than a few.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for block in &reading.blocks {
        let selection = match block.body {
            Body::Update(update) if update.limit.is_none() => &update.selection,
            Body::Delete(delete) if delete.limit.is_none() => &delete.selection,
            _ => continue,
        };
        // What it is joined with can say which rows are meant.
        if block.sources.len() > 1 || !selection.as_ref().is_none_or(is_trivial) {
            continue;
        }
        let which = match block.table(0) {
            Some(table) if reading.is_small(table, FEW_ROWS) => continue,
            Some(table) => table.full_name(),
            None if reading.dialect() == Dialect::MySql => String::new(),
            None => continue,
        };
        let mut new = Found::new(FindingKind::WriteWithoutWhere, which, ADVICE)
            .severity(Severity::Warning)
            .code(in_rounds(reading));
        if let Some(rows) = block.table(0).and_then(rows) {
            new = new.evidence("rows", format!("{rows:.0}"));
        }
        found.push(new);
    }
}

/// The statement for a part of the keys, where there is one key to go by.
fn in_rounds(reading: &Reading<'_>) -> Option<String> {
    let [block] = &*reading.blocks else { return None };
    let key = written(&single_key(block.table(0)?)?.name);
    let mut statement = reading.statement.clone();
    let selection = match &mut statement {
        Statement::Update(update) => &mut update.selection,
        Statement::Delete(delete) => &mut delete.selection,
        _ => return None,
    };
    *selection = None;
    let next = next_parameter(&statement);
    let part = own(format!("{key} between ${next} and ${}", next + 1));
    match &mut statement {
        Statement::Update(update) => update.selection = Some(part),
        Statement::Delete(delete) => delete.selection = Some(part),
        _ => return None,
    }
    Some(shown(statement, reading.dialect()))
}
