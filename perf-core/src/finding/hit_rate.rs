use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::CacheStats;
use crate::time::Duration;
use crate::units::{duration, percent};

/// The guide that this SDK puts into code asks for 70 % of what can be cached.
const LOW_RATE: f64 = 0.7;

/// Fewer look-ups say little: a cache begins empty, and every key is loaded once.
const ENOUGH_LOOKUPS: u64 = 10_000;

/// The finding about a cache that seldom has what it is asked for.
pub(crate) fn low_hit_rate(
    cache: &CacheStats,
    observed: Duration,
    all: Duration,
) -> Option<Finding> {
    if cache.lookups < ENOUGH_LOOKUPS || cache.hit_rate >= LOW_RATE {
        return None;
    }
    let load = cache.loader.duration;
    let impact = Impact::new(load.total(), observed, all);
    let kind = FindingKind::LowHitRate;
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), cache.cache),
        kind,
        severity: Severity::of_share(impact.share),
        subject: format!("cache {}", cache.cache),
        evidence: vec![
            Evidence::new("hit rate", percent(cache.hit_rate)),
            Evidence::new("look-ups", cache.lookups.to_string()),
            Evidence::new("mean load", duration(load.mean)),
        ],
        call_sites: Vec::new(),
        impact,
        remedy: Remedy {
            advice: "give it a longer ttl or more room, leave out of the key what the value does \
                     not depend on, or drop the cache"
                .to_owned(),
            code: None,
        },
    })
}
