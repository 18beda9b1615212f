//! The one form in which the SDK says: this is slow, here is why, do this.
//!
//! Findings sort by impact, which is frequency times slowness: the time per minute that they cost.
//! A finding holds no literal from SQL and no key or header value.

mod calls;
mod deep_offset;
mod hit_rate;
mod idle_in_transaction;
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
mod ttl_too_short;
mod useless_cache;
mod watch;

use serde::Serialize;

pub(crate) use calls::CallPattern;
pub(crate) use deep_offset::deep_offset;
pub(crate) use hit_rate::low_hit_rate;
pub(crate) use idle_in_transaction::idle_in_transaction;
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
    /// The number of the key, in hexadecimal: a short name for links.
    pub fn id(&self) -> String {
        format!("{:016x}", fnv1a(&self.key))
    }
}

/// The sorts of trouble that a [`Finding`] can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// One statement sent again and again by one scope, each time with other parameters.
    NPlusOne,
    /// One statement sent again and again by one scope, with the same parameters.
    RepeatedQuery,
    /// A statement that is slow on the average.
    SlowQuery,
    /// One request to another service sent again and again by one scope.
    NPlusOneCalls,
    /// Requests to several services, each sent when the one before had been answered.
    SequentialCalls,
    /// A cache that seldom has what it is asked for.
    LowHitRate,
    /// A cache whose hits in Redis take longer than the loads that they spare.
    UselessCache,
    /// Columns that are fetched and never read.
    OverFetch,
    /// Pools that together may ask for more connections than their server has.
    PoolSize,
    /// A pool whose callers wait for connections.
    PoolWait,
    /// A place that holds connections for much longer than it lets statements run.
    LongHold,
    /// A place that leaves transactions open while nothing runs in them.
    IdleInTransaction,
    /// A Redis behind a cache that, when it is full, refuses writes or evicts what the cache needs most.
    RedisEvictionPolicy,
    /// A Redis behind a cache without a limit, or short of memory.
    RedisMemory,
    /// A cache whose values expire though they have not changed.
    TtlTooShort,
    /// A cache that serves what has changed, more often the older it is.
    TtlTooLong,
    /// A cache that serves what has changed, however young it is.
    StaleHits,
    /// Pages in front of which the server reads many rows and throws them away.
    DeepOffset,
}

impl FindingKind {
    /// All of them, in the order of their names in this documentation.
    pub const ALL: [Self; 18] = [
        Self::NPlusOne,
        Self::RepeatedQuery,
        Self::SlowQuery,
        Self::NPlusOneCalls,
        Self::SequentialCalls,
        Self::LowHitRate,
        Self::UselessCache,
        Self::OverFetch,
        Self::PoolSize,
        Self::PoolWait,
        Self::LongHold,
        Self::IdleInTransaction,
        Self::RedisEvictionPolicy,
        Self::RedisMemory,
        Self::TtlTooShort,
        Self::TtlTooLong,
        Self::StaleHits,
        Self::DeepOffset,
    ];

    /// The name in keys, JSON and reports: `n_plus_one`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NPlusOne => "n_plus_one",
            Self::RepeatedQuery => "repeated_query",
            Self::SlowQuery => "slow_query",
            Self::NPlusOneCalls => "n_plus_one_calls",
            Self::SequentialCalls => "sequential_calls",
            Self::LowHitRate => "low_hit_rate",
            Self::UselessCache => "useless_cache",
            Self::OverFetch => "over_fetch",
            Self::PoolSize => "pool_size",
            Self::PoolWait => "pool_wait",
            Self::LongHold => "long_hold",
            Self::IdleInTransaction => "idle_in_transaction",
            Self::RedisEvictionPolicy => "redis_eviction_policy",
            Self::RedisMemory => "redis_memory",
            Self::TtlTooShort => "ttl_too_short",
            Self::TtlTooLong => "ttl_too_long",
            Self::StaleHits => "stale_hits",
            Self::DeepOffset => "deep_offset",
        }
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

    /// The shares at which plan viewers turn yellow and red (pev2, pgAdmin).
    fn of_share(share: f64) -> Self {
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
    /// `lost` time within `observed` time, during which all scopes together took `all`.
    fn new(lost: Duration, observed: Duration, all: Duration) -> Self {
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

/// Sorts by what findings cost, dearest first; by key where they cost the same.
pub(crate) fn rank(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.impact.per_minute.cmp(&a.impact.per_minute).then_with(|| a.key.cmp(&b.key))
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
