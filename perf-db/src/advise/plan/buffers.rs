use perf_core::time::Duration;

/// Pages that a node or the planner asked for, mostly of 8 KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Buffers {
    /// Of tables and indexes.
    pub shared: Pages,
    /// Of temporary tables.
    pub local: Pages,
    /// Written to temporary files and read back, by sorts and hashes.
    pub temp_read: u64,
    /// Written to temporary files.
    pub temp_written: u64,
    /// Time to read them, where the server measures it (`track_io_timing`).
    pub read_time: Duration,
    /// Time to write them, where the server measures it.
    pub write_time: Duration,
}

impl Buffers {
    /// Pages of tables and indexes asked for, whether they were in memory or not.
    pub fn asked(&self) -> u64 {
        self.shared.asked().saturating_add(self.local.asked())
    }
}

/// Pages of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pages {
    /// Found in the server's cache.
    pub hit: u64,
    /// Not found there.
    pub read: u64,
    /// Changed.
    pub dirtied: u64,
    /// Written back on behalf of the statement.
    pub written: u64,
}

impl Pages {
    fn asked(&self) -> u64 {
        self.hit.saturating_add(self.read)
    }
}

/// Log that was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wal {
    /// Records.
    pub records: u64,
    /// Whole pages among them.
    pub full_pages: u64,
    /// Their size.
    pub bytes: u64,
}
