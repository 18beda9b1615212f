use std::ops::AddAssign;

/// What became of the rows of an [`InsertMany`](super::InsertMany).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inserted {
    /// Rows that were given: the sum of all others, unless a trigger of the table takes rows away.
    pub rows: u64,
    /// Rows that are new in the table.
    pub inserted: u64,
    /// Rows of the table that have new values.
    pub updated: u64,
    /// Rows that were in the table already and stayed as they were.
    pub skipped: u64,
    /// Rows of the batch whose key another row of the batch had.
    pub duplicates: u64,
}

impl AddAssign for Inserted {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.skipped += other.skipped;
        self.duplicates += other.duplicates;
    }
}
