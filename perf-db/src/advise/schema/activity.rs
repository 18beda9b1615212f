use perf_core::time::Duration;

/// What the server has counted of a [`Table`](super::Table), since it counts.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Activity {
    /// Reads from end to end.
    pub sequential_scans: u64,
    /// Rows read by those.
    pub sequential_rows: u64,
    /// Reads by an index.
    pub index_scans: u64,
    /// Rows inserted.
    pub inserted: u64,
    /// Rows updated.
    pub updated: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// Rows that are there.
    pub live_rows: u64,
    /// Rows that wait to be cleared away.
    pub dead_rows: u64,
    /// Rows changed since the last `analyze`.
    pub changed_since_analyze: u64,
    /// How long ago it was analysed; `None` for never.
    pub analyzed_ago: Option<Duration>,
    /// How long ago it was vacuumed; `None` for never.
    pub vacuumed_ago: Option<Duration>,
}
