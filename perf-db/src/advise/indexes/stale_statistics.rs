//! Tables that the planner knows too little about.

use std::collections::HashSet;

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use crate::advise::schema::{Schema, Table, TableKind};

/// Of a smaller table no plan is far wrong.
const LEAST_ROWS: u64 = 1_000;

/// The same for a table whose rows nobody has counted, as after `pg_upgrade` or a restore.
const LEAST_BYTES: u64 = 1_024 * 1_024;

/// Autovacuum analyses after a tenth (`autovacuum_analyze_scale_factor`); twice that means that it
/// is off, or does not keep up.
const CHANGED_SHARE: f64 = 0.2;

/// From here on what the planner knows is of another table.
const MOSTLY_CHANGED: f64 = 0.5;

/// Not on a replica, where nothing is analysed and nothing is counted.
pub(super) fn stale(schema: &Schema) -> Vec<Finding> {
    if schema.is_replica {
        return Vec::new();
    }
    // Without a privilege there are no samples of the parts either.
    let sampled = schema.tables.iter().filter(|table| has_samples(table));
    let sampled: HashSet<u32> = sampled.filter_map(|table| table.partition_of).collect();
    schema
        .tables
        .iter()
        .filter_map(|table| match table.kind {
            TableKind::Foreign => None,
            TableKind::Partitioned => partitioned(table).filter(|_| sampled.contains(&table.oid)),
            _ => never_analysed(table).or_else(|| changed(table)),
        })
        .collect()
}

fn never_analysed(table: &Table) -> Option<Finding> {
    let activity = &table.activity;
    let is_large = activity.live_rows >= LEAST_ROWS || table.bytes >= LEAST_BYTES;
    let was_never = table.rows.is_none() && activity.analyzed_ago.is_none() && !has_samples(table);
    (was_never && is_large).then(|| {
        finding(table)
            .severity(Severity::Warning)
            .evidence("analysed", "never")
            .evidence("rows", units::count(activity.live_rows))
            .evidence("size", units::bytes(table.bytes))
            .advice("analyse it: the planner guesses how many rows there are, and which values")
    })
}

fn changed(table: &Table) -> Option<Finding> {
    let activity = &table.activity;
    let changed = changes(table);
    let share = changed as f64 / activity.live_rows.max(1) as f64;
    if changed < LEAST_ROWS || share < CHANGED_SHARE {
        return None;
    }
    let severity = match share >= MOSTLY_CHANGED {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let analysed = match activity.analyzed_ago {
        Some(ago) => format!("{:.1} hours ago", ago.as_secs_f64() / 3_600.0),
        None => "never since the server counts".to_owned(),
    };
    let finding = finding(table)
        .severity(severity)
        .evidence("analysed", analysed)
        .evidence("rows changed since", units::count(changed))
        .evidence("rows", units::count(activity.live_rows));
    Some(finding.advice(
        "analyse it, and see why autovacuum does not: it is off, or too slow for this table \
         (autovacuum_analyze_scale_factor)",
    ))
}

/// Changes since the last `analyze`, at most. The server's own count holds too much when the rows came
/// in the same transaction, so it is bounded by the rows that have come since, and all that were ever
/// changed.
fn changes(table: &Table) -> u64 {
    let activity = &table.activity;
    let known = table.rows.unwrap_or_default() as u64;
    let come = activity.live_rows.saturating_sub(known);
    let most = come.saturating_add(activity.updated).saturating_add(activity.deleted);
    activity.changed_since_analyze.min(most)
}

/// Autovacuum never analyses a partitioned table as a whole, only its parts.
fn partitioned(table: &Table) -> Option<Finding> {
    let is_large = table.rows.is_some_and(|rows| rows >= LEAST_ROWS as f64);
    (is_large && !has_samples(table)).then(|| {
        finding(table)
            .severity(Severity::Info)
            .evidence("analysed", "its parts only")
            .evidence("rows", units::count(table.rows.unwrap_or_default() as u64))
            .advice(
                "analyse it as a whole from time to time: autovacuum does so with the parts only, \
                 and statements over several parts are planned with guesses",
            )
    })
}

fn has_samples(table: &Table) -> bool {
    table.columns.iter().any(|column| column.statistics.is_some())
}

fn finding(table: &Table) -> Finding {
    let name = table.full_name();
    Finding::new(FindingKind::StaleStatistics, &name, format!("table {name}"))
        .code(format!("analyze {}", table.written()))
}
