use super::{Finding, FindingKind, Severity, evicted, is_nearly_full, policy, used, worst};
use crate::recorder::{CacheStats, RedisNode};

/// The finding about a Redis with a limit that does not evict what a cache can best do without.
///
/// All that a cache keeps there has a time to live but for one key, which says since when everything is
/// good. So `volatile-lru` and `volatile-lfu` evict values, the least useful first. Of the others (Redis
/// documentation, "Key eviction"):
/// - `noeviction` refuses writes when it is full: values are not stored any more.
/// - `allkeys-*` may evict that one key too, which is seldom read and so is among the first: after
///   that every value counts as invalidated. With 100,000 evictions of Zipf-like traffic it went 13 times
///   with `allkeys-lru`, 56 times with `allkeys-lfu`, never with `volatile-lru` (Redis 7.0).
/// - `volatile-ttl` evicts what ends first, and that is the mark of a load that is under way: its value
///   is then not stored.
/// - `volatile-random` evicts what is asked for most as soon as anything else.
pub(super) fn finding(cache: &CacheStats) -> Option<Finding> {
    let (node, (severity, ..)) = worst(cache, |node| {
        let severity = severity(node)?;
        Some((severity, node.evicted_per_minute, node.used_share()))
    })?;
    let kind = FindingKind::RedisEvictionPolicy;
    let mut finding =
        super::finding(kind, None, cache, node, severity, advice(&node.eviction_policy)?);
    finding.evidence.extend([policy(node), used(node), evicted(node)]);
    Some(finding)
}

fn severity(node: &RedisNode) -> Option<Severity> {
    // Without a limit nothing is ever evicted; that is another rule's.
    if node.max_bytes == 0 {
        return None;
    }
    advice(&node.eviction_policy)?;
    let refuses = node.eviction_policy == "noeviction";
    let evicts = node.evicted_per_minute.is_some_and(|rate| rate > 0.0);
    Some(match (refuses, is_nearly_full(node) || evicts) {
        (true, true) => Severity::Critical,
        (true, false) | (false, true) => Severity::Warning,
        (false, false) => Severity::Info,
    })
}

/// `None` for a policy that is right, or not known here.
fn advice(policy: &str) -> Option<&'static str> {
    Some(match policy {
        "noeviction" => {
            "set maxmemory-policy to volatile-lru: when this Redis is full it refuses writes, so that \
             no more values are stored there"
        }
        "allkeys-lru" | "allkeys-lfu" | "allkeys-random" => {
            "set maxmemory-policy to volatile-lru or volatile-lfu: all values have a ttl, and the one \
             key without it, which this policy may evict too, is what all values are checked by; \
             when it is lost, all of them are loaded anew"
        }
        "volatile-ttl" => {
            "set maxmemory-policy to volatile-lru or volatile-lfu: this policy evicts what ends first, \
             such as the marks of loads that are under way, whose values are then not stored"
        }
        "volatile-random" => {
            "set maxmemory-policy to volatile-lru or volatile-lfu: this policy evicts what is asked for \
             most as soon as anything else"
        }
        _ => return None,
    })
}
