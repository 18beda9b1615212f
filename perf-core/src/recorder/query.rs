use serde::Serialize;

use super::columns::{ColumnStats, Columns};
use super::failures::Failures;
use super::skipped::{SkipStats, Skipped};
use crate::event::{CallSite, QueryEvent};
use crate::metric::{Counter, Histogram, Latency};
use crate::sql::Fingerprint;

#[derive(Debug, Default)]
pub(crate) struct QuerySeries {
    duration: Histogram,
    rows: Counter,
    failures: Failures,
    pub(super) columns: Columns,
    pub(super) skipped: Skipped,
}

impl QuerySeries {
    pub(crate) fn count(&self, event: &QueryEvent) {
        self.duration.record(event.duration);
        if event.rows > 0 {
            self.rows.add(event.rows);
        }
        self.failures.count(event.outcome);
    }

    pub(crate) fn stats(&self, fingerprint: &Fingerprint, call_site: CallSite) -> QueryStats {
        QueryStats {
            statement: fingerprint.text().to_owned(),
            fingerprint: format!("{:016x}", fingerprint.id()),
            call_site,
            duration: self.duration.summary(),
            rows: self.rows.value(),
            errors: self.failures.errors.value(),
            cancelled: self.failures.cancelled.value(),
            columns: self.columns.stats(),
            skipped: self.skipped.stats(),
        }
    }
}

/// What is known about one statement sent from one place.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct QueryStats {
    /// The statement without its values.
    pub statement: String,
    /// The number of the statement, in hexadecimal.
    pub fingerprint: String,
    /// Who sends it.
    pub call_site: CallSite,
    /// How often, and how long it takes.
    pub duration: Latency,
    /// Rows returned or changed, in all.
    pub rows: u64,
    /// Those that failed.
    pub errors: u64,
    /// Those given up before they ended.
    pub cancelled: u64,
    /// What is read of its columns; `None` before an answer was looked at.
    pub columns: Option<ColumnStats>,
    /// Rows in front of its pages; `None` where none were skipped.
    pub skipped: Option<SkipStats>,
}
