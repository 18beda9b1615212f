use serde::Serialize;

use crate::sync::{AtomicU64, Ordering};

/// What pages with an `offset` make the server read for nothing.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    rows: AtomicU64,
    deepest: AtomicU64,
}

impl Skipped {
    pub(super) fn count(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.deepest.fetch_max(rows, Ordering::Relaxed);
    }

    pub(super) fn stats(&self) -> Option<SkipStats> {
        let rows = self.rows.load(Ordering::Relaxed);
        let deepest = self.deepest.load(Ordering::Relaxed);
        (rows > 0).then_some(SkipStats { rows, deepest })
    }
}

/// The rows in front of the pages of one statement, which were read and thrown away.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct SkipStats {
    /// In all.
    pub rows: u64,
    /// In front of the deepest page.
    pub deepest: u64,
}
