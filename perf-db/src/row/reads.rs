use std::error::Error;

use perf_core::sync::{AtomicU64, Ordering};
use perf_core::{CallSite, FetchEvent, FetchedColumn, Fingerprint};
use tokio_postgres::Column;
use tokio_postgres::types::{FromSql, Type};

/// One answer in so many is watched.
const ONE_IN: u32 = 64;

/// Rows of an answer whose bytes are counted: the others are like them.
const COUNTED_ROWS: u64 = 64;

/// What is read of the columns of one answer; tells the recorder when its last row is dropped.
#[derive(Debug)]
pub(crate) struct Reads {
    fingerprint: Fingerprint,
    call_site: CallSite,
    columns: Box<[Watched]>,
    rows: AtomicU64,
    /// A bit for each of the first 64 columns.
    read: AtomicU64,
}

#[derive(Debug)]
struct Watched {
    name: Box<str>,
    bytes: AtomicU64,
}

impl Reads {
    /// Whether this answer is one of those that are watched.
    pub(crate) fn is_wanted() -> bool {
        fastrand::u32(..ONE_IN) == 0
    }

    pub(crate) fn new(fingerprint: &Fingerprint, call_site: CallSite, columns: &[Column]) -> Self {
        let watched =
            |column: &Column| Watched { name: column.name().into(), bytes: AtomicU64::new(0) };
        Self {
            fingerprint: fingerprint.clone(),
            call_site,
            columns: columns.iter().take(FetchEvent::MAX_COLUMNS).map(watched).collect(),
            rows: AtomicU64::new(0),
            read: AtomicU64::new(0),
        }
    }

    pub(super) fn add_row(&self, row: &tokio_postgres::Row) {
        if self.rows.load(Ordering::Relaxed) == COUNTED_ROWS {
            return;
        }
        self.rows.fetch_add(1, Ordering::Relaxed);
        for (place, column) in self.columns.iter().enumerate() {
            let bytes = row.try_get(place).map_or(0, |Length(bytes)| bytes);
            column.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn note(&self, place: usize) {
        if place < FetchEvent::MAX_COLUMNS {
            self.read.fetch_or(1 << place, Ordering::Relaxed);
        }
    }

    pub(super) fn note_all(&self) {
        self.read.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        let read = *self.read.get_mut();
        let rows = *self.rows.get_mut();
        let columns: Vec<FetchedColumn<'_>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let bytes = column.bytes.load(Ordering::Relaxed);
                FetchedColumn::new(&column.name, bytes, read & (1 << place) != 0)
            })
            .collect();
        FetchEvent::new(self.fingerprint.clone(), self.call_site, rows, &columns).record();
    }
}

/// How long a value is, of whatever type.
struct Length(u64);

impl<'a> FromSql<'a> for Length {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.len() as u64))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(0))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
