use super::super::read::Storage;
use crate::advise::schema::{Index, Table};

/// Bytes that it would need no more if it were written anew; `None` where no samples tell how wide
/// its rows are.
pub(super) fn spare_bytes(
    block_bytes: u64,
    table: &Table,
    index: Option<&Index>,
    storage: &Storage,
) -> Option<u64> {
    let width = match index {
        None => row_bytes(table, storage)?,
        Some(index) => entry_bytes(table, index, storage)?,
    };
    // A pointer of 4 bytes to each; a page begins with 24 bytes, one of a btree ends with 16.
    let special = if index.is_some() { 16 } else { 0 };
    let room = block_bytes.saturating_sub(24 + special) as f64 * storage.fill;
    let per_page = (room / (width + 4.0)).floor().max(1.0);
    let leaves = (storage.rows / per_page).ceil();
    // The pages above the leaves hold one entry for each, and there is one page with what is known
    // of the whole.
    let above = if index.is_some() { (leaves / per_page).ceil() + 1.0 } else { 0.0 };
    let needed = (leaves + above) as u64;
    Some(storage.pages.saturating_sub(needed) * block_bytes)
}

/// A row of a table: 23 bytes, a bit for each column where some are null, and the values.
fn row_bytes(table: &Table, storage: &Storage) -> Option<f64> {
    let mut has_nulls = false;
    let mut values = 0.0;
    for column in &table.columns {
        let statistics = column.statistics?;
        has_nulls |= statistics.null_share > 0.0;
        let shape = storage.shape(column.number)?;
        values = shape.after(values, f64::from(statistics.width_bytes), statistics.null_share);
    }
    let nulls = if has_nulls { table.columns.len().div_ceil(8) as f64 } else { 0.0 };
    Some(aligned(23.0 + nulls, 8.0) + aligned(values, 8.0))
}

/// An entry of a btree: 8 bytes and the values.
fn entry_bytes(table: &Table, index: &Index, storage: &Storage) -> Option<f64> {
    if index.method != "btree" {
        return None;
    }
    let mut values = 0.0;
    let keys = index.keys.iter().map(|key| key.column);
    for (number, place) in keys.chain(index.included.iter().copied().map(Some)).zip(1i16..) {
        let statistics = table.column(number?)?.statistics?;
        let shape = storage.shape(place)?;
        values = shape.after(values, f64::from(statistics.width_bytes), statistics.null_share);
    }
    Some(8.0 + aligned(values, 8.0))
}

/// How the server stores a value of a column.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Shape {
    /// The number of the column.
    pub(in super::super) column: i16,
    /// The multiple of bytes that it begins at.
    pub(in super::super) alignment: f64,
    /// Whether its length is stored with it; a short one begins anywhere.
    pub(in super::super) is_variable: bool,
}

impl Shape {
    /// Where the next value can begin, on the average.
    fn after(self, at: f64, width: f64, null_share: f64) -> f64 {
        const LONGEST_SHORT: f64 = 127.0;
        let begins = match self.is_variable && width < LONGEST_SHORT {
            true => at,
            false => aligned(at, self.alignment),
        };
        at + (begins + width - at) * (1.0 - null_share)
    }
}

fn aligned(at: f64, to: f64) -> f64 {
    (at / to).ceil() * to
}
