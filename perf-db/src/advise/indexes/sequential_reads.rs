//! Large tables that are read from end to end often, by the server's counters.

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use crate::advise::schema::{Column, Schema, Table};

/// pghero's rule: an index answers less than this share of all reads …
const INDEXED_SHARE: f64 = 0.95;

/// … of a table with as many rows.
const LEAST_ROWS: u64 = 10_000;

/// Fewer reads say little: a dump and a look by hand (pg-index-health's limit).
const LEAST_READS: u64 = 100;

/// Reads that end sooner are those with a `limit`, which no index would make quicker.
const LEAST_ROWS_READ: u64 = 1_000;

/// A read of this many rows takes a tenth of a second and more (pgReviewer's limit for a critical
/// one).
const MANY_ROWS_READ: u64 = 1_000_000;

/// The seed guide lists as many.
const MOST: usize = 20;

/// Those that read the most rows, most first. A part is told with its partitioned table.
pub(super) fn sequential_reads(schema: &Schema) -> Vec<Finding> {
    let mut found: Vec<&Table> = schema
        .tables
        .iter()
        .filter(|table| table.partition_of.is_none() && is_read_whole(table))
        .collect();
    found.sort_by_key(|table| std::cmp::Reverse(table.activity.sequential_rows));
    found.truncate(MOST);
    found.into_iter().map(finding).collect()
}

fn is_read_whole(table: &Table) -> bool {
    let activity = &table.activity;
    let reads = activity.sequential_scans.saturating_add(activity.index_scans);
    let indexed = activity.index_scans as f64 / reads.max(1) as f64;
    activity.live_rows >= LEAST_ROWS
        && reads >= LEAST_READS
        && indexed < INDEXED_SHARE
        && rows_read(table) >= LEAST_ROWS_READ
}

/// By one sequential read, on the average.
fn rows_read(table: &Table) -> u64 {
    table.activity.sequential_rows.checked_div(table.activity.sequential_scans).unwrap_or(0)
}

fn finding(table: &Table) -> Finding {
    let activity = &table.activity;
    let reads = activity.sequential_scans.saturating_add(activity.index_scans);
    let severity = match rows_read(table) >= MANY_ROWS_READ {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let name = table.full_name();
    let mut finding = Finding::new(FindingKind::SequentialReads, &name, format!("table {name}"))
        .severity(severity)
        .evidence("sequential reads", units::count(activity.sequential_scans))
        .evidence("rows read by one", units::count(rows_read(table)))
        .evidence("answered by an index", units::percent(share(activity.index_scans, reads)))
        .evidence("rows", units::count(activity.live_rows));
    let candidates = candidates(table);
    if !candidates.is_empty() {
        finding = finding.evidence("selective columns without an index", candidates.join(", "));
    }
    finding.advice(
        "find the statements that read it so, by seq_scan and missing_index, and give them an \
         index; a report that needs all rows is all right",
    )
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// More values than this tell rows apart well (the seed guide's).
const MANY_DISTINCT: f64 = 100.0;

/// Rows that lie in the order of the values are found by a BRIN index or a few pages as well (the
/// seed guide's).
const LOW_CORRELATION: f64 = 0.5;

/// More would not be read.
const MOST_CANDIDATES: usize = 5;

/// The seed guide's candidates by what was sampled: many different values, in no order, and no index
/// that begins with the column. Which of them a statement asks for is not known here.
fn candidates(table: &Table) -> Vec<String> {
    let leads = |column: &Column| {
        table
            .indexes
            .iter()
            .filter_map(|index| index.keys.first())
            .any(|key| key.column == Some(column.number))
    };
    let rows = table.rows.unwrap_or(table.activity.live_rows as f64);
    let mut found: Vec<(f64, &str)> = Vec::new();
    for column in table.columns.iter().filter(|column| column.is_sortable && !leads(column)) {
        let Some(statistics) = column.statistics else { continue };
        let distinct = match statistics.distinct {
            share if share < 0.0 => -share * rows,
            number => number,
        };
        let is_ordered = statistics.correlation.is_some_and(|c| c.abs() >= LOW_CORRELATION);
        if distinct > MANY_DISTINCT && !is_ordered {
            found.push((distinct, &column.name));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let name = |(distinct, name): (f64, &str)| {
        format!("{name} ({} values)", units::count(distinct as u64))
    };
    found.into_iter().take(MOST_CANDIDATES).map(name).collect()
}
