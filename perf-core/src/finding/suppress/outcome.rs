use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use super::date::Date;
use super::entry::Entry;
use crate::finding::Finding;

/// What becomes of findings by a [`Suppressions`](super::Suppressions).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// Those that are to be seen.
    pub kept: Vec<Finding>,
    /// Those that are not.
    pub suppressed: Vec<Suppressed>,
    /// Entries that hide nothing, in the order of the file.
    pub stale: Vec<Stale>,
}

/// A finding that is hidden.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it stays.
    pub reason: String,
    /// The last day on which it is hidden.
    pub until: Date,
}

/// An entry that hides nothing. Its `Display` is one sentence with the line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stale {
    /// The entry.
    pub entry: Entry,
    /// Why it hides nothing.
    pub cause: StaleCause,
}

/// Why an entry hides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StaleCause {
    /// Its last day is over, and the finding is still there.
    Expired,
    /// No finding has that key, whether its last day is over or not.
    Unmatched,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { key, until, line, .. } = &self.entry;
        match self.cause {
            StaleCause::Expired => write!(
                f,
                "line {line}: `{key}` was hidden until {until} and is seen again: mend it, or give \
                 it another day"
            ),
            StaleCause::Unmatched => {
                write!(f, "line {line}: no finding has the key `{key}`: take the entry out")
            }
        }
    }
}

pub(super) fn apply(entries: &[Entry], findings: Vec<Finding>, today: Date) -> Outcome {
    let exact: HashMap<&str, usize> =
        entries.iter().enumerate().map(|(place, entry)| (&*entry.key, place)).collect();
    let mut prefixes: Vec<(&str, usize)> = entries
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| Some((entry.prefix()?, place)))
        .collect();
    prefixes.sort_by_key(|(prefix, _)| Reverse(prefix.len()));

    let mut matched = vec![false; entries.len()];
    let mut outcome = Outcome::default();
    for finding in findings {
        let by_prefix = prefixes.iter().filter(|(prefix, _)| finding.key.starts_with(prefix));
        let places = exact.get(&*finding.key).copied().into_iter();
        let mut hides = None;
        for place in places.chain(by_prefix.map(|(_, place)| *place)) {
            matched[place] = true;
            hides = hides.or((entries[place].until >= today).then_some(place));
        }
        match hides {
            None => outcome.kept.push(finding),
            Some(place) => outcome.suppressed.push(Suppressed {
                finding,
                reason: entries[place].reason.clone(),
                until: entries[place].until,
            }),
        }
    }
    let stale = entries.iter().zip(matched).filter_map(|(entry, matched)| {
        let cause = match (matched, entry.until >= today) {
            (true, true) => return None,
            (true, false) => StaleCause::Expired,
            (false, _) => StaleCause::Unmatched,
        };
        Some(Stale { entry: entry.clone(), cause })
    });
    outcome.stale = stale.collect();
    outcome
}
