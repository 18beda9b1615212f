//! Caches, by name and tier.

use perf_core::recorder::{CacheStats, TierStats};
use perf_core::{CacheOutcome, CacheTier};

use super::super::buckets;
use super::super::series::AllSeries;
use super::super::text::{Kind, Labels, Metric, Text};

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

/// One tier of one cache.
struct Tier<'a> {
    cache: &'a str,
    name: &'static str,
    stats: &'a TierStats,
}

pub(super) fn write(text: &mut Text, caches: &[CacheStats]) {
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
