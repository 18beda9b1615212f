//! What was expected of a node and what came of it, in numbers.

use perf_core::time::Duration;

/// What the planner expected of a [`Node`](super::Node), of one loop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// Cost until the first row.
    pub startup_cost: f64,
    /// Cost of all rows, its children's too.
    pub total_cost: f64,
    /// Rows; below a Gather those of one worker.
    pub rows: f64,
    /// Bytes of a row on the average.
    pub width_bytes: u64,
}

/// What came of a [`Node`](super::Node), as averages over loops.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Actual {
    /// Rows of one loop. Rounded to a whole number by servers before PostgreSQL 18.
    pub rows: f64,
    /// Whether [`rows`](Self::rows) was written with its fraction.
    pub rows_are_exact: bool,
    /// How often it was run, by all workers together.
    pub loops: f64,
    /// Time of one loop until the first row; `None` without `timing`.
    pub startup_time: Option<Duration>,
    /// Time of one loop, its children's too; `None` without `timing`.
    pub total_time: Option<Duration>,
}

/// Rows that a [`Node`](super::Node) threw away, averages over loops.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Removed {
    /// By its filter.
    pub by_filter: Option<f64>,
    /// By its join filter.
    pub by_join_filter: Option<f64>,
    /// When rows of a bitmap or an index were looked at again.
    pub by_recheck: Option<f64>,
}

/// How a [`Node`](super::Node) sorted; of several workers the one that took the most room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sort {
    /// `quicksort`, `top-N heapsort`, `external merge`, …
    pub method: String,
    /// The room that it took.
    pub space_bytes: u64,
    /// Whether that was on disk.
    pub is_on_disk: bool,
    /// How many processes went to disk.
    pub processes_on_disk: u32,
}

/// The hash table of a [`Node`](super::Node).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hash {
    /// Parts that it was done in, one after the other: 1 where it fits into memory.
    pub batches: u64,
    /// Parts that were planned.
    pub planned_batches: Option<u64>,
    /// Memory at its peak.
    pub memory_bytes: u64,
    /// What was written to disk, where the server says so (aggregates only).
    pub disk_bytes: Option<u64>,
}

/// Pages of a bitmap heap scan, over all loops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeapBlocks {
    /// Whose rows were known.
    pub exact: u64,
    /// Of which all rows had to be looked at.
    pub lossy: u64,
}

/// Parallel workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Workers {
    /// As many as the planner wanted.
    pub planned: u32,
    /// As many as there were; `None` without `analyze`.
    pub launched: Option<u32>,
}
