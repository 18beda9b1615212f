//! What an index costs those that write.

use super::candidate::{Candidate, width_of};
use super::generate::rows;
use crate::advise::schema::{Schema, Table};
use crate::advise::workload::Workload;

/// Bytes in front of each entry of an index (pganalyze's formula).
const ENTRY_HEADER: f64 = 8.0;

/// Bytes in front of each row, and of its place in the page (pganalyze's formula).
const ROW_HEADER: f64 = 23.0 + 4.0;

/// The write of a row, in the planner's unit: it reads and changes one page.
const ROW_WRITE: f64 = 1.0;

/// Bytes of the index: its entries, in pages that are nine tenths full.
pub(super) fn size(candidate: &Candidate, table: &Table) -> u64 {
    let entry = ENTRY_HEADER + candidate.width(table) as f64;
    (rows(table) * entry / 0.9) as u64
}

/// What the index adds to the write of a row: the size of its entry by that of the row, times the
/// share of the rows that are in it.
pub(super) fn write_overhead(candidate: &Candidate, table: &Table, share_of_rows: f64) -> f64 {
    let row: u64 = table.columns.iter().map(width_of).sum();
    (ENTRY_HEADER + candidate.width(table) as f64) / (ROW_HEADER + row as f64) * share_of_rows
}

/// Rows written to the table in the time that the workload was observed for. Deletes leave the
/// entries of an index to vacuum.
pub(super) fn writes(table: &Table, schema: &Schema, workload: &Workload) -> f64 {
    let written = table.activity.inserted.saturating_add(table.activity.updated) as f64;
    match schema.counted_for.map(|counted_for| counted_for.as_secs_f64()) {
        Some(seconds) if seconds > 0.0 => {
            written * (workload.observed.as_secs_f64() / seconds).min(1.0)
        }
        _ => written,
    }
}

/// What the writes of that time cost more, in the planner's unit.
pub(super) fn price(
    candidate: &Candidate,
    table: &Table,
    share_of_rows: f64,
    schema: &Schema,
    workload: &Workload,
) -> f64 {
    writes(table, schema, workload) * write_overhead(candidate, table, share_of_rows) * ROW_WRITE
}
