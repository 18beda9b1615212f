use super::{
    Evidence, Finding, FindingKind, Impact, Severity, evicted, is_nearly_full, used, worst,
};
use crate::recorder::CacheStats;
use crate::time::Duration;

/// Fewer than one key a second are the small change of every full cache.
const MANY_PER_MINUTE: f64 = 60.0;

/// The finding about a Redis that is full and evicts what had time to live. Each such key costs a load
/// at most, and so does each miss: the impact is what the fewer of them cost.
pub(super) fn finding(cache: &CacheStats, observed: Duration, all: Duration) -> Option<Finding> {
    let (node, rate) = worst(cache, |node| {
        let rate = node.evicted_per_minute.filter(|rate| *rate >= MANY_PER_MINUTE)?;
        is_nearly_full(node).then_some(rate)
    })?;
    let evicted_all = rate * observed.as_secs_f64() / 60.0;
    let loads = evicted_all.min(cache.remote.misses as f64);
    let lost = Duration::try_from_secs_f64(loads * cache.loader.mean_hit.as_secs_f64());
    let impact = Impact::new(lost.unwrap_or(Duration::MAX), observed, all);
    let kind = FindingKind::RedisMemory;
    let advice = "give this Redis more memory, keep values for a shorter time, compress them, or let other \
                  data live elsewhere: keys are evicted before their time is over";
    let severity = Severity::of_share(impact.share);
    let mut finding = super::finding(kind, Some("evictions"), cache, node, severity, advice);
    let asked = node.keyspace_hits + node.keyspace_misses;
    let found = format!("{} of {asked}", node.keyspace_hits);
    finding.evidence.extend([used(node), evicted(node), Evidence::new("keys found", found)]);
    finding.impact = impact;
    Some(finding)
}
