//! The one form in which the SDK says: this is slow, here is why, do this.
//!
//! Findings sort by impact, which is frequency times slowness: the time per minute that they cost.
//! A finding holds no literal from SQL and no key or header value.

mod calls;
mod deep_offset;
mod hit_rate;
mod idle_in_transaction;
mod kind;
mod long_hold;
mod merge;
mod over_fetch;
mod pool_size;
mod pool_wait;
mod redis;
mod repeated;
mod repetition;
mod rewrite;
mod slow_query;
mod stale_hits;
#[cfg(feature = "suppressions")]
pub mod suppress;
mod ttl_too_short;
mod useless_cache;
mod watch;

use std::fmt;

use serde::Serialize;

pub(crate) use calls::CallPattern;
pub(crate) use deep_offset::deep_offset;
pub(crate) use hit_rate::low_hit_rate;
pub(crate) use idle_in_transaction::idle_in_transaction;
pub use kind::FindingKind;
pub(crate) use long_hold::long_hold;
pub(crate) use merge::merged;
pub(crate) use over_fetch::over_fetch;
pub(crate) use pool_size::pool_size;
pub(crate) use pool_wait::pool_wait;
pub(crate) use redis::redis;
pub(crate) use repeated::Repeated;
pub(crate) use repetition::Repetition;
pub(crate) use slow_query::slow_query;
pub(crate) use stale_hits::stale_hits;
pub(crate) use ttl_too_short::ttl_too_short;
pub(crate) use useless_cache::useless_cache;
pub use watch::Watch;

use crate::event::CallSite;
use crate::sql::fnv1a;
use crate::time::Duration;
use crate::units::serialize_millis;

/// Something that costs time, and what to do about it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The same for the same trouble, in every process and after every restart.
    pub key: String,
    /// What sort of trouble it is.
    pub kind: FindingKind,
    /// How much it matters.
    pub severity: Severity,
    /// What is slow: a route, a statement, a cache.
    pub subject: String,
    /// What was seen, as labels and values.
    pub evidence: Vec<Evidence>,
    /// Where in the source to look.
    pub call_sites: Vec<CallSite>,
    /// What it costs.
    pub impact: Impact,
    /// What to do.
    pub remedy: Remedy,
}

impl Finding {
    /// A finding of this kind about `subject`, without cost yet.
    ///
    /// `which` tells it apart from others of its kind, and is the same in every process and after
    /// every restart: a fingerprint, or names of the schema; never a value.
    pub fn new(kind: FindingKind, which: impl fmt::Display, subject: impl Into<String>) -> Self {
        Self {
            key: format!("{}:{which}", kind.as_str()),
            kind,
            severity: Severity::Info,
            subject: subject.into(),
            evidence: Vec::new(),
            call_sites: Vec::new(),
            impact: Impact::default(),
            remedy: Remedy { advice: String::new(), code: None },
        }
    }

    /// How much it matters. Defaults to [`Severity::Info`].
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// One more thing that was seen.
    pub fn evidence(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.evidence.push(Evidence::new(label, value));
        self
    }

    /// Where in the source to look. Defaults to nowhere.
    pub fn call_sites(mut self, call_sites: impl IntoIterator<Item = CallSite>) -> Self {
        self.call_sites.extend(call_sites);
        self
    }

    /// What it costs. Defaults to nothing that is known.
    pub fn impact(mut self, impact: Impact) -> Self {
        self.impact = impact;
        self
    }

    /// What to do, in words: one sentence without a capital and a full stop.
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.remedy.advice = advice.into();
        self
    }

    /// What to do, as SQL or code.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.remedy.code = Some(code.into());
        self
    }

    /// With its share of another whole: what everything took within `observed` time.
    pub(crate) fn with_share_of(mut self, observed: Duration, all: Duration) -> Self {
        let minutes = observed.as_secs_f64() / 60.0;
        let lost = self.impact.per_minute.as_secs_f64() * minutes;
        if !all.is_zero() {
            self.impact.share = (lost / all.as_secs_f64()).min(1.0);
        }
        self
    }

    /// The number of the key, in hexadecimal: a short name for links.
    pub fn id(&self) -> String {
        format!("{:016x}", fnv1a(&self.key))
    }
}

/// How much a [`Finding`] matters, by its share of all time; a repeated statement, which is an error
/// in the code however quick it is today, and a transaction left open, which stops others, are at
/// least a warning. What is wrong with a server, by what it puts at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Less than a tenth of all time.
    Info,
    /// A tenth of all time or more, a repeated statement or a transaction left open.
    Warning,
    /// Two fifths of all time or more.
    Critical,
}

impl Severity {
    /// The name in JSON and reports: `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// By a share of time from 0 to 1: the shares at which plan viewers turn yellow and red (pev2,
    /// pgAdmin).
    pub fn of_share(share: f64) -> Self {
        match share {
            share if share >= 0.40 => Self::Critical,
            share if share >= 0.10 => Self::Warning,
            _ => Self::Info,
        }
    }
}

/// One thing that was seen.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// What it is.
    pub label: &'static str,
    /// What it came to, with its unit.
    pub value: String,
}

impl Evidence {
    fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into() }
    }
}

/// What a [`Finding`] costs: time that would not be spent without it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// Time lost in one minute, over all scopes; [`Duration::MAX`] where that is too much to tell.
    #[serde(rename = "per_minute_ms", serialize_with = "serialize_millis")]
    pub per_minute: Duration,
    /// The share of the time of all scopes, from 0 to 1; 1 where no scope has closed yet.
    pub share: f64,
}

impl Impact {
    /// `lost` time within `observed` time, during which everything together took `all`.
    pub fn new(lost: Duration, observed: Duration, all: Duration) -> Self {
        let minutes = observed.as_secs_f64() / 60.0;
        let per_minute = match lost {
            Duration::ZERO => Duration::ZERO,
            lost => {
                Duration::try_from_secs_f64(lost.as_secs_f64() / minutes).unwrap_or(Duration::MAX)
            }
        };
        Self { per_minute, share: share(lost, all) }
    }
}

/// What to do about a [`Finding`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Remedy {
    /// In words.
    pub advice: String,
    /// As SQL or code, where it can be given.
    pub code: Option<String>,
}

/// Sorts by what findings cost, dearest first; where they cost the same, or nobody knows what, by
/// how much they matter, and then by key.
pub fn rank(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (b.impact.per_minute.cmp(&a.impact.per_minute))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.key.cmp(&b.key))
    });
}

/// From 0 to 1; something of nothing known is all of it.
fn share(part: Duration, whole: Duration) -> f64 {
    match (part.is_zero(), whole.is_zero()) {
        (true, _) => 0.0,
        (false, true) => 1.0,
        (false, false) => (part.as_secs_f64() / whole.as_secs_f64()).min(1.0),
    }
}
