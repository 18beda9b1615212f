use serde::Serialize;

use super::{Event, Name};
use crate::recorder::{Observe, Recorder};
use crate::scope::{self, Work};
use crate::time::{Duration, Instant};

/// Where a cache looked for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CacheTier {
    /// In this process.
    Local,
    /// In Redis.
    Remote,
    /// Nowhere: the loader was run.
    Loader,
}

impl CacheTier {
    /// The name in JSON and metrics: `remote`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Loader => "loader",
        }
    }
}

/// What a look-up in one tier of a cache came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CacheOutcome {
    /// The tier had the value.
    Hit,
    /// The tier had no value; for [`CacheTier::Loader`], the loader had none either.
    Miss,
    /// The tier had a value that was past its time, and it was served.
    Stale,
    /// Another caller was loading the value, and this one waited with it.
    Coalesced,
    /// The tier failed.
    Error,
}

impl CacheOutcome {
    /// The name in JSON and metrics: `coalesced`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Coalesced => "coalesced",
            Self::Error => "error",
        }
    }
}

/// One look-up in one tier of a cache.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct CacheEvent<'a> {
    /// The cache's name.
    pub cache: &'a Name,
    /// The tier.
    pub tier: CacheTier,
    /// What the tier answered.
    pub outcome: CacheOutcome,
    /// How long it took. Defaults to zero, which says that it was too quick to time.
    pub duration: Duration,
}

impl<'a> CacheEvent<'a> {
    /// A look-up that was too quick to time.
    #[inline]
    pub fn new(cache: &'a Name, tier: CacheTier, outcome: CacheOutcome) -> Self {
        Self { cache, tier, outcome, duration: Duration::ZERO }
    }

    /// How long it took. Defaults to zero.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// Hands the event in.
    #[inline]
    pub fn record(self) {
        scope::hand_in(&self);
    }
}

impl Event for CacheEvent<'_> {
    #[inline]
    fn count(&self, recorder: &Recorder) {
        recorder.cache(self.cache).count(self);
    }

    fn show(&self, recorder: &Recorder, observer: &dyn Observe) {
        observer.cache(&CacheEvent { cache: recorder.cache_name(self.cache), ..*self });
    }

    fn append(&self, work: &mut Work, opened: Instant) {
        work.add_cache(self, opened);
    }
}
