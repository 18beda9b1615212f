//! Space in tables and indexes that holds no rows, as far as statistics tell.
//!
//! Nothing is read but the catalog, so it is an estimate: rows × their average width, packed as the
//! server packs them, against the pages that are there. Within about a tenth for rows of a fixed
//! width; of an index with many equal keys, which the server stores once, it is too small.

mod estimate;
#[cfg(test)]
mod tests;

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

pub(super) use self::estimate::Shape;
use self::estimate::spare_bytes;
use super::read::Storage;
use crate::advise::schema::{Index, Schema, Table};

/// pghero's default.
const LEAST_BYTES: u64 = 100 * 1_024 * 1_024;

/// A btree that grew by keys in any order is 69 % full, which looks like a quarter of bloat, and the
/// estimate may be off by a tenth: less than this is not told.
const LEAST_SHARE: f64 = 0.4;

/// From here on a table's next full read, or its backup, is much dearer for it.
const MUCH_BYTES: u64 = 1_024 * 1_024 * 1_024;

/// Those that could be smaller by 100 MB and by two fifths.
pub(super) fn bloated(schema: &Schema, storages: &[Storage]) -> Vec<Finding> {
    storages
        .iter()
        .filter_map(|storage| {
            let table = schema.table(storage.table)?;
            let index = table.indexes.iter().find(|index| index.oid == storage.oid);
            let spare = spare_bytes(schema.block_bytes, table, index, storage)?;
            let all = storage.pages * schema.block_bytes;
            let share = spare as f64 / all.max(1) as f64;
            (spare >= LEAST_BYTES && share >= LEAST_SHARE)
                .then(|| finding(table, index, storage, spare, all))
        })
        .collect()
}

fn finding(
    table: &Table,
    index: Option<&Index>,
    storage: &Storage,
    spare: u64,
    all: u64,
) -> Finding {
    let severity = match spare >= MUCH_BYTES {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let name = match index {
        Some(index) => format!("{}.{}", table.schema, index.name),
        None => table.full_name(),
    };
    let what = if index.is_some() { "index" } else { "table" };
    let finding = Finding::new(FindingKind::Bloat, &name, format!("{what} {name}"))
        .severity(severity)
        .evidence("could be spared", format!("about {}", units::bytes(spare)))
        .evidence("size", units::bytes(all))
        .evidence("rows", units::count(storage.rows as u64))
        .evidence("estimated", "from statistics, to about a tenth of the size");
    match index {
        Some(index) => finding
            .advice("build it anew: that takes no lock against reads or writes")
            .code(format!("reindex index concurrently {}", table.written_index(index))),
        None => finding.evidence("dead rows", units::count(table.activity.dead_rows)).advice(
            "new rows will fill the space; where none come, write the table anew by pg_repack, \
                 or by vacuum full while nobody needs it; and let autovacuum come sooner",
        ),
    }
}
