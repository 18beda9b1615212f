use serde::Serialize;

use super::Work;
use crate::event::{CacheOutcome, CacheTier, CallSite, EventOutcome};
use crate::time::Duration;
use crate::units::serialize_millis;

/// Steps kept of one scope. Those that come later are in the totals of their groups alone.
const MAX_STEPS: usize = 96;

/// What a scope did, one thing after the other, up to a bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    entries: Vec<Entry>,
    left_out: u64,
}

/// A step as it is kept: small, because a request may have many of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) start_micros: u32,
    pub(super) micros: u32,
    pub(super) outcome: EventOutcome,
    pub(super) what: What,
}

/// What an entry is about; numbers are places among the groups of the work.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Query { group: u16, rows: u32 },
    Pool { group: u16 },
    Cache { group: u16, tier: CacheTier, outcome: CacheOutcome },
    Call { group: u16 },
    Span { name: &'static str },
}

impl Timeline {
    /// Adds something that ended now, `end` after the scope was opened.
    pub(super) fn add(
        &mut self,
        end: Duration,
        duration: Duration,
        outcome: EventOutcome,
        what: Option<What>,
    ) {
        let Some(what) = what.filter(|_| self.entries.len() < MAX_STEPS) else {
            self.left_out += 1;
            return;
        };
        if self.entries.capacity() == 0 {
            // Once, so that a later event of a known statement allocates nothing.
            self.entries.reserve_exact(MAX_STEPS);
        }
        let (start_micros, micros) = (micros(end.saturating_sub(duration)), micros(duration));
        self.entries.push(Entry { start_micros, micros, outcome, what });
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Gives the steps up and keeps their number.
    pub(super) fn forget(&mut self) {
        self.left_out += self.entries.len() as u64;
        self.entries = Vec::new();
    }

    pub(super) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }
}

/// Up to 71 minutes, which is more than a timeline can show.
fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// One thing that a scope did.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Step<'a> {
    /// Since the scope was opened.
    #[serde(rename = "start_ms", serialize_with = "serialize_millis")]
    pub start: Duration,
    /// How long it took.
    #[serde(rename = "duration_ms", serialize_with = "serialize_millis")]
    pub duration: Duration,
    /// How it ended.
    pub outcome: EventOutcome,
    /// What it was.
    #[serde(flatten)]
    pub kind: StepKind<'a>,
}

/// What a [`Step`] was.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepKind<'a> {
    /// A statement.
    #[non_exhaustive]
    Query {
        /// Without its values.
        statement: &'a str,
        /// Who sent it.
        call_site: CallSite,
        /// Rows returned or changed.
        rows: u64,
    },
    /// A wait for a connection.
    #[non_exhaustive]
    Pool {
        /// The pool's name.
        pool: &'a str,
    },
    /// A look-up in one tier of a cache.
    #[non_exhaustive]
    Cache {
        /// The cache's name.
        cache: &'a str,
        /// The tier.
        tier: CacheTier,
        /// What it answered.
        result: CacheOutcome,
    },
    /// A request to another service.
    #[non_exhaustive]
    Call {
        /// Whom it asked for what.
        target: &'a str,
        /// Who asked, where that is known.
        call_site: CallSite,
    },
    /// A part of the code that was timed.
    #[non_exhaustive]
    Span {
        /// Its name.
        name: &'a str,
    },
}

impl Work {
    /// What was done, in the order of the ends: the first 96 things that took time.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        self.timeline.entries().iter().filter_map(|entry| {
            Some(Step {
                start: Duration::from_micros(entry.start_micros.into()),
                duration: Duration::from_micros(entry.micros.into()),
                outcome: entry.outcome,
                kind: self.kind(entry.what)?,
            })
        })
    }

    /// How many things more there were than [`steps`](Self::steps) tells.
    pub fn steps_left_out(&self) -> u64 {
        self.timeline.left_out()
    }

    fn kind(&self, what: What) -> Option<StepKind<'_>> {
        let named = |group: u16| self.names.as_slice().get(usize::from(group));
        let name = |group: u16| named(group).map(|group| group.name().as_str());
        Some(match what {
            What::Query { group, rows } => {
                let group = self.groups.as_slice().get(usize::from(group))?;
                let (statement, call_site) = (group.fingerprint().text(), group.call_site());
                StepKind::Query { statement, call_site, rows: rows.into() }
            }
            What::Pool { group } => StepKind::Pool { pool: name(group)? },
            What::Cache { group, tier, outcome } => {
                StepKind::Cache { cache: name(group)?, tier, result: outcome }
            }
            What::Call { group } => {
                StepKind::Call { target: name(group)?, call_site: named(group)?.call_site() }
            }
            What::Span { name } => StepKind::Span { name },
        })
    }
}
