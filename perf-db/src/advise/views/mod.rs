//! Statements whose answer could be kept instead of worked out anew: dear aggregates over tables that
//! seldom change.
//!
//! By the text alone, cut into words; what cannot be read this way gives no finding.

mod code;
mod query;
mod select_list;
#[cfg(test)]
mod tests;

use perf_core::finding::{FindingKind, Severity};
use perf_core::sql::StatementKind;
use perf_core::time::Duration;
use perf_core::{Finding, units};

use self::query::Query;
use super::schema::{Activity, Schema, Table};
use super::workload::{Statement, Workload};

/// pghero's `slow_query_ms` and `slow_query_calls`.
const LEAST_MEAN: Duration = Duration::from_millis(20);
const LEAST_CALLS: u64 = 100;

/// What a view may change of its tables: for each call one row, or in an hour one row of a hundred.
/// Own choice.
const CHANGES_PER_CALL: f64 = 1.0;
const CHANGED_SHARE_PER_HOUR: f64 = 0.01;

/// How old its rows may be at most. Own choice: a minute or two suits some, an hour others.
const REFRESHED_EVERY: Duration = Duration::from_secs(300);

/// One for each statement of the workload that a materialized view would spare.
pub fn findings(workload: &Workload, schema: &Schema) -> Vec<Finding> {
    let statements = workload.statements.iter();
    statements.filter_map(|statement| finding(statement, workload, schema)).collect()
}

fn finding(statement: &Statement, workload: &Workload, schema: &Schema) -> Option<Finding> {
    if statement.fingerprint.kind() != StatementKind::Read
        || statement.mean() < LEAST_MEAN
        || statement.calls < LEAST_CALLS
    {
        return None;
    }
    let query = Query::read(statement.plannable()?)?;
    // Of a text that the service has sent, what is a parameter is known. The server keeps constants as
    // parameters too; where none of them is compared with anything they are taken for constants.
    let is_fixed = !query.has_parameters || !query.compares_parameters;
    if !query.is_aggregate || !query.is_repeatable || !is_fixed {
        return None;
    }
    let tables = query.tables(schema)?;
    let changes = changes(&tables, schema, statement, workload)?;
    let spared = spared(statement, workload)?;
    let impact = workload.impact(spared);
    let severity = Severity::of_share(impact.share).min(Severity::Warning);
    let names: Vec<String> = tables.iter().map(|table| table.written()).collect();
    let which = format!("{:016x}", statement.fingerprint.id());
    let mut finding =
        Finding::new(FindingKind::MaterializedView, which, statement.fingerprint.text())
            .severity(severity)
            .impact(impact)
            .call_sites(statement.call_sites())
            .evidence("calls", units::count(statement.calls))
            .evidence("mean", units::duration(statement.mean()))
            .evidence("tables", names.join(", "))
            .evidence("rows changed in an hour", units::count(changes as u64))
            .code(code::create(statement, &query, &tables));
    if query.depends_on_time {
        finding = finding.evidence("depends on the time", "so its rows are as of the last refresh");
    }
    if query.has_values() {
        finding = finding
            .evidence("values", "shown as ?: put those that are always the same in their places");
    }
    Some(finding.advice(
        "keep the answer in a materialized view and read that, if its rows may be some minutes old; \
         perf_db::MaterializedView creates it, and its keep_fresh refreshes it from one instance",
    ))
}

/// Time that the service would not spend: all of it, but for the refreshes.
fn spared(statement: &Statement, workload: &Workload) -> Option<Duration> {
    let refreshes = workload.observed.div_duration_f64(REFRESHED_EVERY).max(1.0);
    let refreshing = statement.mean().mul_f64(refreshes);
    statement.time.checked_sub(refreshing).filter(|spared| !spared.is_zero())
}

/// Rows of these tables that change in an hour, where they are few; `None` where they are many or
/// nobody has counted.
fn changes(
    tables: &[&Table],
    schema: &Schema,
    statement: &Statement,
    workload: &Workload,
) -> Option<f64> {
    let hours = |time: Duration| time.as_secs_f64() / 3_600.0;
    let counted = schema.counted_for.map(hours).filter(|hours| *hours > 0.0)?;
    let (mut changes, mut rows) = (0.0, 0.0);
    for Activity { inserted, updated, deleted, live_rows, .. } in tables.iter().map(|t| t.activity)
    {
        changes += inserted as f64 + updated as f64 + deleted as f64;
        rows += live_rows as f64;
    }
    let changes = changes / counted;
    // Where nobody knows for how long they were counted, only the share of the rows tells.
    let calls = match hours(workload.observed) {
        hours if hours > 0.0 => statement.calls as f64 / hours,
        _ => 0.0,
    };
    let is_seldom = changes <= calls * CHANGES_PER_CALL || changes <= rows * CHANGED_SHARE_PER_HOUR;
    is_seldom.then_some(changes)
}
