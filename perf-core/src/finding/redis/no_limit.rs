use super::{Finding, FindingKind, Severity, is_nearly_full, used, worst};
use crate::recorder::CacheStats;

/// The finding about a Redis that may grow until its machine has no memory left: `maxmemory` is 0, which
/// is the default on 64 bits (Redis documentation, "Key eviction"). Values that nobody asks for stay until
/// their ttl ends, however full it is.
pub(super) fn finding(cache: &CacheStats) -> Option<Finding> {
    let (node, _) =
        worst(cache, |node| (node.max_bytes == 0).then(|| node.used_share().unwrap_or_default()))?;
    let severity = if is_nearly_full(node) { Severity::Critical } else { Severity::Info };
    let kind = FindingKind::RedisMemory;
    let advice = "set maxmemory, leaving a quarter of the machine's memory for buffers and copies, and \
                  maxmemory-policy to volatile-lru: without a limit the system ends Redis when memory is \
                  used up";
    let mut finding = super::finding(kind, Some("no limit"), cache, node, severity, advice);
    finding.evidence.extend([used(node)]);
    Some(finding)
}
