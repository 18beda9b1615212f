//! Findings that were looked at and stay: `perf.toml` names them, with a reason and an end.
//!
//! ```
//! use perf_core::finding::suppress::{Date, Suppressions};
//! use perf_core::{Finding, FindingKind};
//!
//! let known = Suppressions::parse(
//!     r#"
//!     [[suppress]]
//!     key = "unused_index:shop.orders_created_at_idx" # or the beginning of keys, with a * behind
//!     reason = "used by the yearly report"
//!     until = "2027-03-01" # the last day
//!     "#,
//! )?;
//! let unused = |name| Finding::new(FindingKind::UnusedIndex, name, name);
//! let findings = vec![unused("shop.orders_created_at_idx"), unused("shop.orders_note_idx")];
//! let today = Date::new(2026, 11, 25).ok_or("a date")?;
//! let outcome = known.apply(findings, today);
//! assert_eq!(outcome.kept[0].key, "unused_index:shop.orders_note_idx");
//! assert_eq!(outcome.suppressed[0].reason, "used by the yearly report");
//! assert!(outcome.stale.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An entry that has ended hides nothing any more, and one that matches nothing has nothing to hide:
//! both are told, so that the file does not outlive what it speaks of.

mod date;
mod entry;
mod error;
mod outcome;
mod read;

use std::path::Path;

pub use self::date::{Date, NoDate};
pub use self::entry::Entry;
pub use self::error::SuppressError;
pub use self::outcome::{Outcome, Stale, StaleCause, Suppressed};
use super::Finding;

/// What `perf.toml` says.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    /// In the order of the file.
    entries: Vec<Entry>,
}

impl Suppressions {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is larger than 1 MiB, or is not as [`parse`](Self::parse) wants it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SuppressError> {
        read::file(path.as_ref()).map(|entries| Self { entries })
    }

    /// Reads the text of a file: tables `[[suppress]]`, each with `key`, `reason` and `until`.
    ///
    /// # Errors
    /// When it is no TOML, or an entry has not all three of them, one that it should not have, or
    /// the key of another. The error names the line.
    pub fn parse(text: &str) -> Result<Self, SuppressError> {
        read::text(text).map(|entries| Self { entries })
    }

    /// What the file says, in its order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Parts the findings that are to be seen from those that are not, in their order.
    ///
    /// Of several entries that match one finding, the one with the longest key that has not ended
    /// hides it.
    ///
    /// # Cost
    /// Linear in the findings, times the entries that end in `*`.
    pub fn apply(&self, findings: Vec<Finding>, today: Date) -> Outcome {
        outcome::apply(&self.entries, findings, today)
    }
}
