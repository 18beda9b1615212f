use serde::Serialize;

use super::cache_freshness::{Audits, Reloads};
use super::redis_state::{Backplane, RedisNode};
use crate::event::Name;
use crate::scope;
use crate::sync::Weak;

/// A cache that can be asked how it is now; handed in with [`register_cache`].
///
/// A snapshot asks, and nobody else: a cache that is not looked at does no work for it.
pub trait TellState: Send + Sync {
    /// How it is now. Called in [`Recorder::snapshot`](crate::Recorder::snapshot), which waits for it:
    /// it must neither block nor panic.
    fn state(&self) -> CacheState;
}

/// Has the recorder of the scope that runs now, or the global one, ask this cache with every
/// snapshot for as long as it lives. Of several that live under one name the first is asked.
///
/// # Cost
/// One probe of a table and one lock, shared only with those that register the same name: for the
/// path of loads, not for that of hits.
pub fn register_cache(name: &Name, cache: Weak<dyn TellState>) {
    scope::with_recorder(|recorder| recorder.cache_source(name, cache.clone()));
}

/// How a cache is at the moment of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CacheState {
    /// Values in this process.
    pub entries: u64,
    /// What they take, in bytes, as the budget counts them.
    pub bytes: u64,
    /// The budget, in bytes.
    pub max_bytes: u64,
    /// Values that had to go, or were not kept, for want of room, since the cache was built.
    pub evictions: u64,
    /// Whether Redis is used; `None` for a cache without Redis.
    pub breaker: Option<BreakerState>,
    /// Changes that Redis has not confirmed yet. While there are any, its values are not read.
    pub waiting_changes: u64,
    /// What the hit rate in this process would be with other budgets, smallest first: half, all, twice
    /// and four times the present one. Empty before there were enough look-ups to tell.
    pub predicted: Vec<PredictedRate>,
    /// The channel on which the processes of this cache tell each other what they change; `None` for a
    /// cache without Redis.
    pub backplane: Option<Backplane>,
    /// The primaries of the Redis behind the cache, as they told it a minute ago or less. Empty where
    /// there is none, or none that tells.
    pub redis: Vec<RedisNode>,
    /// What a sample of its loads found in place of what they loaded.
    pub reloads: Reloads,
    /// What became of hits that were audited; `None` where none are.
    pub audits: Option<Audits>,
}

/// The hit rate that a cache would have with a budget, if it evicted what was asked for longest ago and
/// if nothing expired or was invalidated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PredictedRate {
    /// The budget, in bytes.
    pub max_bytes: u64,
    /// The share of look-ups that would find their value in this process, from 0 to 1.
    pub hit_rate: f64,
}

impl CacheState {
    /// What a cache holds in this process: values, bytes and budget in bytes.
    pub fn new(entries: u64, bytes: u64, max_bytes: u64) -> Self {
        Self { entries, bytes, max_bytes, ..Self::default() }
    }

    /// Values that had to go, or were not kept, for want of room. Defaults to 0.
    #[must_use]
    pub fn evictions(mut self, evictions: u64) -> Self {
        self.evictions = evictions;
        self
    }

    /// Hit rates by budget in bytes, smallest budget first. Defaults to none.
    #[must_use]
    pub fn predicted(mut self, rates: impl IntoIterator<Item = (u64, f64)>) -> Self {
        let rates = rates.into_iter();
        self.predicted =
            rates.map(|(max_bytes, hit_rate)| PredictedRate { max_bytes, hit_rate }).collect();
        self
    }

    /// What a sample of its loads found. Defaults to nothing.
    #[must_use]
    pub fn reloads(self, reloads: Reloads) -> Self {
        Self { reloads, ..self }
    }

    /// What became of audited hits. Defaults to a cache that audits none.
    #[must_use]
    pub fn audits(self, audits: Audits) -> Self {
        Self { audits: Some(audits), ..self }
    }

    /// Whether Redis is used, and how many changes it has not confirmed. Defaults to a cache without
    /// Redis.
    #[must_use]
    pub fn breaker(mut self, state: BreakerState, waiting_changes: u64) -> Self {
        (self.breaker, self.waiting_changes) = (Some(state), waiting_changes);
        self
    }
}

/// What a cache uses Redis for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Changes alone: it answers again, and those that it missed are being made.
    HalfOpen,
    /// Nothing: it failed.
    Open,
}

impl BreakerState {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Closed, Self::HalfOpen, Self::Open];

    /// The name in JSON and metrics: `half_open`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}
