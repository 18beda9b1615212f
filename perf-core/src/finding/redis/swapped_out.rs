use super::{Finding, FindingKind, Severity, TRIFLE_BYTES, resident, used, worst};
use crate::recorder::CacheStats;

/// Memory that was asked for and never touched is not resident either, so a little less is normal.
const LOW: f64 = 0.8;

/// The finding about a Redis of whose memory a part is not in memory: where much less is resident than is
/// used, the system has swapped it out, and what lies there takes milliseconds (Redis documentation,
/// `INFO`).
pub(super) fn finding(cache: &CacheStats) -> Option<Finding> {
    let (node, _) = worst(cache, |node| {
        let less = node.used_bytes.saturating_sub(node.resident_bytes);
        let is_told = node.resident_bytes > 0;
        (is_told && less > TRIFLE_BYTES && node.fragmentation() < LOW).then_some(less)
    })?;
    let kind = FindingKind::RedisMemory;
    let advice = "lower maxmemory or give the machine more memory: a part of what this Redis holds has been \
                  swapped out to disk, and whoever asks for that waits, with all others behind";
    let mut finding =
        super::finding(kind, Some("swapped out"), cache, node, Severity::Warning, advice);
    finding.evidence.extend([used(node), resident(node)]);
    Some(finding)
}
