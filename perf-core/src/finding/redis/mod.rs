//! What is wrong with the Redis behind a cache, by what it tells of itself.
//!
//! Each rule looks at the node for which it is worst. None of them costs time by itself that could be
//! measured, so severity says what they put at risk.

mod eviction_policy;
mod evictions;
mod fragmentation;
mod no_limit;
mod swapped_out;

use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::{CacheStats, RedisNode};
use crate::time::Duration;
use crate::units::{bytes, percent};

/// Above this share of its memory a server is nearly full: where the alert rules warn that are in use for
/// Prometheus and redis_exporter.
const NEARLY_FULL: f64 = 0.9;

/// What differs is not worth a word: `MEMORY DOCTOR` of Redis is silent below it.
const TRIFLE_BYTES: u64 = 10 << 20;

/// All findings about the Redis behind one cache.
pub(crate) fn redis(cache: &CacheStats, observed: Duration, all: Duration) -> Vec<Finding> {
    [
        eviction_policy::finding(cache),
        no_limit::finding(cache),
        evictions::finding(cache, observed, all),
        fragmentation::finding(cache),
        swapped_out::finding(cache),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The node for which `how_bad` is greatest, of those for which it is anything.
fn worst<T: PartialOrd>(
    cache: &CacheStats,
    how_bad: impl Fn(&RedisNode) -> Option<T>,
) -> Option<(&RedisNode, T)> {
    let nodes = cache.state.iter().flat_map(|state| &state.redis);
    let bad = nodes.filter_map(|node| Some((node, how_bad(node)?)));
    bad.reduce(|worst, other| if other.1 > worst.1 { other } else { worst })
}

fn is_nearly_full(node: &RedisNode) -> bool {
    node.used_share().is_some_and(|share| share >= NEARLY_FULL)
}

/// `rule` tells findings of one kind apart.
fn finding(
    kind: FindingKind,
    rule: Option<&str>,
    cache: &CacheStats,
    node: &RedisNode,
    severity: Severity,
    advice: &str,
) -> Finding {
    let rule = rule.map_or(String::new(), |rule| format!("{rule}:"));
    let address = node.address.as_ref().map(|address| Evidence::new("server", address.as_str()));
    Finding {
        key: format!("{}:{rule}{}", kind.as_str(), cache.cache),
        kind,
        severity,
        subject: format!("the Redis behind cache {}", cache.cache),
        evidence: address.into_iter().collect(),
        call_sites: Vec::new(),
        impact: Impact::default(),
        remedy: Remedy { advice: advice.to_owned(), code: None },
    }
}

fn policy(node: &RedisNode) -> Evidence {
    Evidence::new("maxmemory-policy", node.eviction_policy.as_str())
}

fn used(node: &RedisNode) -> Evidence {
    let share = node.used_share().map_or(String::new(), |share| {
        let (whole, what) = match node.max_bytes {
            0 => (node.system_bytes, "its machine"),
            limit => (limit, "maxmemory"),
        };
        format!(", {} of {what} ({})", percent(share), bytes(whole))
    });
    Evidence::new("used", format!("{}{share}", bytes(node.used_bytes)))
}

fn resident(node: &RedisNode) -> Evidence {
    let ratio = node.fragmentation();
    Evidence::new("resident", format!("{}, {ratio:.2} x used", bytes(node.resident_bytes)))
}

fn evicted(node: &RedisNode) -> Evidence {
    let rate = node.evicted_per_minute.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
    Evidence::new("evicted per minute", rate)
}
