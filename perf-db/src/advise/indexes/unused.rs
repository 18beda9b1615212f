//! Indexes that nobody reads, and that each change of their table pays for.

use perf_core::FindingKind;

use super::droppable::{Droppable, drop_statement};
use super::guard::is_needed_unread;
use super::usage::Usage;
use crate::advise::schema::{Index, Schema, Table};

/// pghero's default: what people read by hand, and what checks of the index read, stays below.
const MOST_SCANS: u64 = 50;

/// A smaller index, of a table that seldom changes, costs next to nothing (pg-extras' limit).
const LEAST_BYTES: u64 = 1_024 * 1_024;

/// Each row that was inserted or updated may have paid for it.
const LEAST_WRITES: u64 = 10_000;

/// Nothing before the counters are a week old, on all servers.
///
/// Fifty reads in a week are a nightly job and more, so an index must also have been read less than
/// once a day.
pub(super) fn unused(schema: &Schema, usage: &Usage) -> Vec<Droppable> {
    if usage.missing().is_some() {
        return Vec::new();
    }
    let unread = |index: &Index| {
        let scans = usage.scans(index);
        scans == 0 || (scans <= MOST_SCANS && (scans as f64) < usage.days())
    };
    let mut found = Vec::new();
    for table in &schema.tables {
        for index in &table.indexes {
            let costs = index.bytes >= LEAST_BYTES || writes(table) >= LEAST_WRITES;
            if index.is_valid && costs && unread(index) && !is_needed_unread(index, table) {
                found.push(droppable(table, index, usage));
            }
        }
    }
    found
}

fn droppable(table: &Table, index: &Index, usage: &Usage) -> Droppable {
    Droppable::new(FindingKind::UnusedIndex, table, index, usage).with(|finding| {
        finding
            .evidence("rows written", perf_core::units::count(writes(table)))
            .advice(
                "drop it, unless it is newer than these counters or a rare job needs it: each \
                 insert into the table, and most updates, write it for nobody",
            )
            .code(drop_statement(table, index))
    })
}

fn writes(table: &Table) -> u64 {
    table.activity.inserted.saturating_add(table.activity.updated)
}
