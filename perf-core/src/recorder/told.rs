use std::collections::HashSet;

use super::Recorder;
use crate::finding::Finding;
use crate::sync::Mutex;
use crate::time::Duration;

/// Sources; more are not listened to.
const MOST_SOURCES: usize = 16;

/// Findings of one source; the first, when it tells more.
const MOST_FINDINGS: usize = 1_000;

/// What others have found, by who told it.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<(String, Vec<Finding>)>>);

impl Recorder {
    /// Shows these findings beside the recorder's own from now on: in snapshots, on the dashboard and
    /// wherever else it reports.
    ///
    /// They take the place of what the same source has told before; `[]` takes all back. One whose key
    /// the recorder finds by itself is left out. Of more than 1,000 the first are kept, and from more
    /// than 16 sources nothing; returns how many did not fit.
    ///
    /// ```
    /// use perf_core::{Finding, FindingKind, Recorder};
    ///
    /// let recorder = Recorder::builder().build();
    /// let finding = Finding::new(FindingKind::UnusedIndex, "orders_status_idx", "orders");
    /// recorder.tell_findings("shop's database", vec![finding]);
    /// assert_eq!(recorder.snapshot().findings[0].key, "unused_index:orders_status_idx");
    /// ```
    pub fn tell_findings(&self, source: &str, mut findings: Vec<Finding>) -> usize {
        let mut told = self.series().told.0.lock();
        let left_out = findings.len().saturating_sub(MOST_FINDINGS);
        findings.truncate(MOST_FINDINGS);
        match told.iter().position(|(name, _)| name == source) {
            Some(place) => told[place].1 = findings,
            None if told.len() < MOST_SOURCES => told.push((source.to_owned(), findings)),
            None => return left_out + findings.len(),
        }
        left_out
    }
}

impl Told {
    /// All of them whose keys are not among these. Their share is that of the time of all scopes, as
    /// that of the others: who told them may have gone by other times.
    pub(crate) fn beside(
        &self,
        own: &[Finding],
        observed: Duration,
        all: Duration,
    ) -> Vec<Finding> {
        let own: HashSet<&str> = own.iter().map(|finding| finding.key.as_str()).collect();
        self.0
            .lock()
            .iter()
            .flat_map(|(_, findings)| findings)
            .filter(|finding| !own.contains(finding.key.as_str()))
            .cloned()
            .map(|finding| finding.with_share_of(observed, all))
            .collect()
    }
}
