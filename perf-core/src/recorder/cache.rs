use serde::Serialize;

use super::cache_spared::Spared;
use super::cache_state::{CacheState, TellState};
use super::source::Source;
use crate::event::{CacheEvent, CacheOutcome, CacheTier, Name};
use crate::metric::{Counter, Counters, Histogram, Latency};
use crate::time::Duration;
use crate::units::serialize_millis;

#[derive(Debug, Default)]
pub(crate) struct CacheSeries {
    local: TierSeries,
    remote: TierSeries,
    loader: TierSeries,
    pub(super) source: Source<dyn TellState>,
}

#[derive(Debug, Default)]
struct TierSeries {
    hits: Counter,
    misses: Counter,
    stale: Counter,
    coalesced: Counter,
    errors: Counter,
    duration: Histogram,
    /// Hits that were timed, and their nanoseconds: the duration of all has misses and time-outs too.
    timed_hits: Counters<2>,
}

impl CacheSeries {
    #[inline]
    pub(crate) fn count(&self, event: &CacheEvent<'_>) {
        let tier = match event.tier {
            CacheTier::Local => &self.local,
            CacheTier::Remote => &self.remote,
            CacheTier::Loader => &self.loader,
        };
        tier.count(event);
    }

    pub(crate) fn stats(&self, name: &Name, observed: Duration) -> CacheStats {
        let (local, remote, loader) =
            (self.local.stats(), self.remote.stats(), self.loader.stats());
        let served = local.hits + local.stale + remote.hits + remote.stale;
        // A caller that waits for another's load is served by neither tier nor a load of its own.
        let lookups = served + loader.lookups();
        let state = self.source.teller().map(|cache| cache.state());
        CacheStats {
            cache: name.as_str().to_owned(),
            lookups,
            hit_rate: if lookups == 0 { 0.0 } else { served as f64 / lookups as f64 },
            spared: Spared::of([&local, &remote, &loader], state.as_ref(), observed),
            local,
            remote,
            loader,
            state,
        }
    }
}

impl TierSeries {
    #[inline]
    fn count(&self, event: &CacheEvent<'_>) {
        let counter = match event.outcome {
            CacheOutcome::Hit => &self.hits,
            CacheOutcome::Miss => &self.misses,
            CacheOutcome::Stale => &self.stale,
            CacheOutcome::Coalesced => &self.coalesced,
            CacheOutcome::Error => &self.errors,
        };
        counter.add(1);
        if event.duration > Duration::ZERO {
            self.time(event);
        }
    }

    // Out of line: hits in this process are not timed.
    #[inline(never)]
    fn time(&self, event: &CacheEvent<'_>) {
        self.duration.record(event.duration);
        if event.outcome == CacheOutcome::Hit {
            let nanos = u64::try_from(event.duration.as_nanos()).unwrap_or(u64::MAX);
            self.timed_hits.add(0, 1);
            self.timed_hits.add(1, nanos);
        }
    }

    fn stats(&self) -> TierStats {
        let [timed_hits, nanos] = self.timed_hits.values();
        TierStats {
            hits: self.hits.value(),
            misses: self.misses.value(),
            stale: self.stale.value(),
            coalesced: self.coalesced.value(),
            errors: self.errors.value(),
            duration: self.duration.summary(),
            timed_hits,
            mean_hit: Duration::from_nanos(nanos.checked_div(timed_hits).unwrap_or(0)),
        }
    }
}

/// What is known about one cache.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CacheStats {
    /// The cache's name.
    pub cache: String,
    /// Values asked for: served by a tier, loaded, or waited for.
    pub lookups: u64,
    /// The share of look-ups that a tier served, from 0 to 1.
    pub hit_rate: f64,
    /// The time of loads that callers did not wait for.
    pub spared: Spared,
    /// The tier in this process.
    pub local: TierStats,
    /// Redis.
    pub remote: TierStats,
    /// The loaders: a hit is a load that gave a value.
    pub loader: TierStats,
    /// How the cache is now; `None` where it has not told the recorder who could be asked, or is gone.
    pub state: Option<CacheState>,
}

/// What is known about one tier of a cache.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct TierStats {
    /// Look-ups that found a value.
    pub hits: u64,
    /// Look-ups that found none.
    pub misses: u64,
    /// Look-ups that found a value past its time, and served it.
    pub stale: u64,
    /// Look-ups that waited for another caller's load.
    pub coalesced: u64,
    /// Look-ups that failed.
    pub errors: u64,
    /// How long those took that were timed.
    pub duration: Latency,
    /// Hits that were timed.
    pub timed_hits: u64,
    /// How long one of these took in the mean; zero where there was none.
    #[serde(rename = "mean_hit_ms", serialize_with = "serialize_millis")]
    pub mean_hit: Duration,
}

impl TierStats {
    fn lookups(&self) -> u64 {
        self.hits + self.misses + self.coalesced + self.errors
    }
}
