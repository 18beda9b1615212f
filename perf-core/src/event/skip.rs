use super::CallSite;
use crate::scope;
use crate::sql::Fingerprint;

/// Rows that a statement made the server read and throw away: those in front of its `offset`.
///
/// It reaches the series of the statement alone, where pages that are deep on the average become a
/// finding.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct SkipEvent {
    /// The statement without its values.
    pub fingerprint: Fingerprint,
    /// Who sent it.
    pub call_site: CallSite,
    /// Rows that were skipped.
    pub rows: u64,
}

impl SkipEvent {
    /// So many rows were skipped by this statement.
    pub fn new(fingerprint: Fingerprint, call_site: CallSite, rows: u64) -> Self {
        Self { fingerprint, call_site, rows }
    }

    /// Hands the event in.
    pub fn record(self) {
        scope::with_recorder(|recorder| recorder.skipped(&self));
    }
}
