//! What one event of sqlx says.

use std::fmt;
use std::time::Duration;

use perf_core::Fingerprint;
use tracing::Event;
use tracing::field::{Field, Visit};

/// Longer texts are lists of values; this much tells them apart.
const MAX_TEXT_BYTES: usize = 64 * 1_024;

/// Looks for one field and reads it as a statement.
pub(super) struct Text {
    field: &'static str,
    fingerprint: Option<Fingerprint>,
}

impl Text {
    /// The statement, `None` when the event has none. It stands in `summary` alone when it is so
    /// short that the summary is the whole.
    pub(super) fn of_statement(event: &Event<'_>) -> Option<Fingerprint> {
        ["db.statement", "summary"].into_iter().find_map(|field| {
            let mut text = Self { field, fingerprint: None };
            event.record(&mut text);
            text.fingerprint
        })
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, text: &str) {
        if field.name() == self.field && !text.is_empty() {
            let mut ends = (0..=text.len().min(MAX_TEXT_BYTES)).rev();
            let end = ends.find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            self.fingerprint = Some(Fingerprint::of_repeated(&text[..end]));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// How long it took, and how many rows it gave or changed.
#[derive(Default)]
pub(super) struct Numbers {
    pub(super) elapsed: Duration,
    pub(super) rows: u64,
}

impl Numbers {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut numbers = Self::default();
        event.record(&mut numbers);
        numbers
    }
}

impl Visit for Numbers {
    fn record_u64(&mut self, field: &Field, count: u64) {
        // PostgreSQL calls the rows of a `select` affected too.
        if matches!(field.name(), "rows_affected" | "rows_returned") {
            self.rows = self.rows.max(count);
        }
    }

    fn record_f64(&mut self, field: &Field, seconds: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
