//! Caches, by name and tier.

use perf_core::recorder::{Audits, Backplane, BreakerState, CacheState, CacheStats, TierStats};
use perf_core::{CacheOutcome, CacheTier};

use super::super::buckets;
use super::super::series::AllSeries;
use super::super::text::{Decimal, Kind, Labels, Metric, Text};

static REQUESTS: Metric = Metric {
    name: "perf_cache_requests",
    kind: Kind::Counter,
    unit: "",
    help: "Look-ups by tier and by what the tier answered.",
};
static DURATION: Metric = Metric {
    name: "perf_cache_request_duration_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "How long those look-ups took that were timed.",
};
static SPARED: Metric = Metric {
    name: "perf_cache_spared_seconds",
    kind: Kind::Gauge,
    unit: "seconds",
    help: "The time of loads that callers did not wait for since the start, by the mean load until now.",
};

static ENTRIES: Metric = Metric {
    name: "perf_cache_entries",
    kind: Kind::Gauge,
    unit: "",
    help: "Values in this process.",
};
static BYTES: Metric = Metric {
    name: "perf_cache_bytes",
    kind: Kind::Gauge,
    unit: "bytes",
    help: "What the values in this process take, as the budget counts them.",
};
static MAX_BYTES: Metric = Metric {
    name: "perf_cache_max_bytes",
    kind: Kind::Gauge,
    unit: "bytes",
    help: "The budget of the values in this process.",
};
static EVICTIONS: Metric = Metric {
    name: "perf_cache_evictions",
    kind: Kind::Counter,
    unit: "",
    help: "Values that had to go, or were not kept, for want of room.",
};
static BREAKER: Metric = Metric {
    name: "perf_cache_breaker",
    kind: Kind::Gauge,
    unit: "",
    help: "1 for the state that the breaker before Redis is in, 0 for the others.",
};
static WAITING: Metric = Metric {
    name: "perf_cache_waiting_changes",
    kind: Kind::Gauge,
    unit: "",
    help: "Changes that Redis has not confirmed yet.",
};
static LAG: Metric = Metric {
    name: "perf_cache_backplane_lag_seconds",
    kind: Kind::Gauge,
    unit: "seconds",
    help: "How long what other processes tell takes at most to be heard here.",
};
static PROCESSES: Metric = Metric {
    name: "perf_cache_other_processes",
    kind: Kind::Gauge,
    unit: "",
    help: "Other processes of the cache that were heard lately.",
};

static RELOADS: Metric = Metric {
    name: "perf_cache_sampled_loads",
    kind: Kind::Counter,
    unit: "",
    help: "Loads of a sample, by what they replaced: a value that had expired and was the same or another, or none.",
};
static AUDITS: Metric = Metric {
    name: "perf_cache_audits",
    kind: Kind::Counter,
    unit: "",
    help: "Hits whose loader was run all the same, by whether they had served what it gave.",
};

/// One tier of one cache.
struct Tier<'a> {
    cache: &'a str,
    name: &'static str,
    stats: &'a TierStats,
}

pub(super) fn write(text: &mut Text, caches: &[CacheStats]) {
    write_tiers(text, caches);
    write_spared(text, caches);
    write_states(text, caches);
}

fn write_tiers(text: &mut Text, caches: &[CacheStats]) {
    let tiers: Vec<Tier<'_>> = caches
        .iter()
        .flat_map(|cache| {
            [
                (CacheTier::Local, &cache.local),
                (CacheTier::Remote, &cache.remote),
                (CacheTier::Loader, &cache.loader),
            ]
            .map(|(tier, stats)| Tier {
                cache: &cache.cache,
                name: tier.as_str(),
                stats,
            })
        })
        .collect();
    let labels = |tier: &Tier<'_>| {
        Labels::default().and("cache_name", tier.cache).and("cache_tier", tier.name)
    };
    let all = AllSeries::new(&tiers, labels);
    text.family(&REQUESTS, |samples| {
        for tier in all.iter() {
            for (result, count) in [
                (CacheOutcome::Hit, tier.sum(|tier| tier.stats.hits)),
                (CacheOutcome::Miss, tier.sum(|tier| tier.stats.misses)),
                (CacheOutcome::Stale, tier.sum(|tier| tier.stats.stale)),
                (CacheOutcome::Coalesced, tier.sum(|tier| tier.stats.coalesced)),
                (CacheOutcome::Error, tier.sum(|tier| tier.stats.errors)),
            ] {
                samples.number(tier.labels(), Some(("result", result.as_str())), count);
            }
        }
    });
    text.family(&DURATION, |samples| {
        for tier in all.iter() {
            let counts = tier.counts(|tier| &tier.stats.duration.cumulative);
            if counts.count > 0 {
                samples.histogram(tier.labels(), &buckets::DATABASE, &counts, &[]);
            }
        }
    });
}

/// No counter: with the mean load the estimate may fall.
fn write_spared(text: &mut Text, caches: &[CacheStats]) {
    let nanos = |cache: &CacheStats| cache.spared.total.as_nanos().try_into().unwrap_or(u64::MAX);
    let all = AllSeries::new(caches, |cache| Labels::default().and("cache_name", &cache.cache));
    text.family(&SPARED, |samples| {
        for cache in all.iter() {
            let seconds = Decimal { value: cache.sum(nanos), scale: 1_000_000_000 };
            samples.number(cache.labels(), None, seconds);
        }
    });
}

fn write_states(text: &mut Text, caches: &[CacheStats]) {
    let known: Vec<(&str, &CacheState)> = caches
        .iter()
        .filter_map(|cache| Some((cache.cache.as_str(), cache.state.as_ref()?)))
        .collect();
    let all = AllSeries::new(&known, |(name, _)| Labels::default().and("cache_name", name));
    for (metric, of) in [
        (&ENTRIES, (|state| state.entries) as fn(&CacheState) -> u64),
        (&BYTES, |state| state.bytes),
        (&MAX_BYTES, |state| state.max_bytes),
        (&EVICTIONS, |state| state.evictions),
    ] {
        text.family(metric, |samples| {
            for cache in all.iter() {
                samples.number(cache.labels(), None, cache.sum(|(_, state)| of(state)));
            }
        });
    }
    write_freshness(text, &known);
    let behind =
        AllSeries::new(known.iter().filter(|(_, state)| state.breaker.is_some()), |cache| {
            Labels::default().and("cache_name", cache.0)
        });
    text.family(&BREAKER, |samples| {
        for cache in behind.iter() {
            for breaker in BreakerState::ALL {
                let is_in = cache.sum(|(_, state)| (state.breaker == Some(breaker)).into());
                samples.number(cache.labels(), Some(("state", breaker.as_str())), is_in);
            }
        }
    });
    text.family(&WAITING, |samples| {
        for cache in behind.iter() {
            let waiting = cache.sum(|(_, state)| state.waiting_changes);
            samples.number(cache.labels(), None, waiting);
        }
    });
    write_backplanes(text, &known);
}

fn write_backplanes(text: &mut Text, known: &[(&str, &CacheState)]) {
    let known: Vec<(&str, Backplane)> =
        known.iter().filter_map(|(name, state)| Some((*name, state.backplane?))).collect();
    let all = AllSeries::new(&known, |(name, _)| Labels::default().and("cache_name", name));
    text.family(&LAG, |samples| {
        for cache in all.iter() {
            let lag = cache.all().map(|(_, backplane)| backplane.lag).max().unwrap_or_default();
            samples.number(cache.labels(), None, lag.as_secs_f64());
        }
    });
    text.family(&PROCESSES, |samples| {
        for cache in all.iter() {
            samples.number(cache.labels(), None, cache.sum(|(_, backplane)| backplane.processes));
        }
    });
}

fn write_freshness(text: &mut Text, known: &[(&str, &CacheState)]) {
    let name = |cache: &(&str, &CacheState)| Labels::default().and("cache_name", cache.0);
    let all = AllSeries::new(known, name);
    text.family(&RELOADS, |samples| {
        for cache in all.iter() {
            let [sampled, expired, same] = [
                cache.sum(|(_, state)| state.reloads.sampled),
                cache.sum(|(_, state)| state.reloads.expired),
                cache.sum(|(_, state)| state.reloads.unchanged),
            ];
            // They are counted one after the other while loads go on.
            let (none, other) = (sampled.saturating_sub(expired), expired.saturating_sub(same));
            for (replaced, count) in [("none", none), ("same", same), ("other", other)] {
                samples.number(cache.labels(), Some(("replaced", replaced)), count);
            }
        }
    });
    let audited = AllSeries::new(known.iter().filter(|(_, state)| state.audits.is_some()), name);
    text.family(&AUDITS, |samples| {
        for cache in audited.iter() {
            let sum = |of: fn(Audits) -> u64| cache.sum(|(_, state)| state.audits.map_or(0, of));
            let stale = sum(|audits| audits.stale);
            for (result, count) in [
                ("same", sum(|audits| audits.audited).saturating_sub(stale)),
                ("stale", stale),
                ("failed", sum(|audits| audits.failed)),
            ] {
                samples.number(cache.labels(), Some(("result", result)), count);
            }
        }
    });
}
