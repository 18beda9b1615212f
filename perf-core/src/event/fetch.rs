use super::CallSite;
use crate::scope;
use crate::sql::Fingerprint;

/// What became of the columns of one answer; told for a sample of the answers.
///
/// It reaches the series of the statement alone, where columns that are fetched and never read
/// become a finding.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct FetchEvent<'a> {
    /// The statement without its values.
    pub fingerprint: Fingerprint,
    /// Who sent it.
    pub call_site: CallSite,
    /// Rows whose bytes were counted.
    pub rows: u64,
    /// The columns, in the order of the statement.
    pub columns: &'a [FetchedColumn<'a>],
}

/// One column of an answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FetchedColumn<'a> {
    /// Its name.
    pub name: &'a str,
    /// Bytes of its values in the rows that were counted.
    pub bytes: u64,
    /// Whether a value of it was read.
    pub was_read: bool,
}

impl<'a> FetchedColumn<'a> {
    /// A column with so many bytes of values.
    pub fn new(name: &'a str, bytes: u64, was_read: bool) -> Self {
        Self { name, bytes, was_read }
    }
}

impl<'a> FetchEvent<'a> {
    /// Columns beyond these are not told.
    pub const MAX_COLUMNS: usize = 64;

    /// What became of these columns.
    pub fn new(
        fingerprint: Fingerprint,
        call_site: CallSite,
        rows: u64,
        columns: &'a [FetchedColumn<'a>],
    ) -> Self {
        Self { fingerprint, call_site, rows, columns }
    }

    /// Hands the event in.
    pub fn record(self) {
        scope::with_recorder(|recorder| recorder.fetched(&self));
    }
}
