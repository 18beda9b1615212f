use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind};

use super::usage::Usage;
use crate::advise::schema::{Index, Table, TableKind};

/// From this size on an index that can go is a warning (the size from which pghero shows unused
/// ones).
const LARGE_BYTES: u64 = 10 * 1_024 * 1_024;

/// An index that could go, as long as no recorded statement needs it.
#[derive(Clone, Debug)]
pub(crate) struct Droppable {
    /// Its number at the server.
    pub(super) index: u32,
    /// The table that it is on.
    pub(super) table: u32,
    /// Which index is left to do its work.
    pub(super) instead: Option<u32>,
    /// How often it was read, on all servers.
    pub(super) scans: u64,
    pub(super) finding: Finding,
}

impl Droppable {
    /// With what is told of each: its size, how often it was read, and since when that is counted.
    pub(super) fn new(kind: FindingKind, table: &Table, index: &Index, usage: &Usage) -> Self {
        let name = format!("{}.{}", table.schema, index.name);
        let severity = match index.bytes >= LARGE_BYTES {
            true => Severity::Warning,
            false => Severity::Info,
        };
        let finding = Finding::new(kind, &name, format!("index {name}"))
            .severity(severity)
            .evidence("table", table.full_name())
            .evidence("size", perf_core::units::bytes(index.bytes))
            .evidence("scans", usage.scans(index).to_string())
            .evidence("counted for", usage.age());
        let scans = usage.scans(index);
        Self { index: index.oid, table: table.oid, instead: None, scans, finding }
    }

    pub(super) fn with(mut self, change: impl FnOnce(Finding) -> Finding) -> Self {
        self.finding = change(self.finding);
        self
    }
}

/// The statement that drops it. On a partitioned table that cannot be done without a lock.
pub(super) fn drop_statement(table: &Table, index: &Index) -> String {
    let name = table.written_index(index);
    match table.kind {
        TableKind::Partitioned => format!("drop index {name}"),
        _ => format!("drop index concurrently {name}"),
    }
}
