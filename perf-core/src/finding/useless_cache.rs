use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::CacheStats;
use crate::time::Duration;
use crate::units::duration;

/// Fewer say little about the mean.
const ENOUGH_OF_EACH: u64 = 100;

/// The finding about a cache that takes longer to bring a value from Redis than its loader takes to
/// make it. Loads that failed tell nothing: they may have failed at once.
pub(crate) fn useless_cache(
    cache: &CacheStats,
    observed: Duration,
    all: Duration,
) -> Option<Finding> {
    let (hit, load) = (&cache.remote, &cache.loader);
    let is_known = hit.timed_hits >= ENOUGH_OF_EACH && load.timed_hits >= ENOUGH_OF_EACH;
    if !is_known || hit.mean_hit <= load.mean_hit {
        return None;
    }
    let lost = (hit.mean_hit - load.mean_hit).as_secs_f64() * hit.timed_hits as f64;
    let lost = Duration::try_from_secs_f64(lost).unwrap_or(Duration::MAX);
    let impact = Impact::new(lost, observed, all);
    let kind = FindingKind::UselessCache;
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), cache.cache),
        kind,
        severity: Severity::of_share(impact.share),
        subject: format!("cache {}", cache.cache),
        evidence: vec![
            Evidence::new("mean hit in Redis", duration(hit.mean_hit)),
            Evidence::new("mean load", duration(load.mean_hit)),
            Evidence::new("hits in Redis", hit.timed_hits.to_string()),
            Evidence::new("loads", load.timed_hits.to_string()),
        ],
        call_sites: Vec::new(),
        impact,
        remedy: Remedy {
            advice:
                "keep these values in the process alone, in a cache without Redis, or load them \
                     each time; if the values are large, compress them or keep less of them"
                    .to_owned(),
            code: None,
        },
    })
}
