use super::{Finding, FindingKind, Severity, TRIFLE_BYTES, resident, used, worst};
use crate::recorder::CacheStats;

/// Where `MEMORY DOCTOR` of Redis speaks of high fragmentation.
const HIGH: f64 = 1.4;

/// The finding about a Redis that takes far more memory from the system than it uses.
pub(super) fn finding(cache: &CacheStats) -> Option<Finding> {
    let (node, _) = worst(cache, |node| {
        let more = node.resident_bytes.saturating_sub(node.used_bytes);
        (more > TRIFLE_BYTES && node.fragmentation() > HIGH).then_some(more)
    })?;
    let kind = FindingKind::RedisMemory;
    let advice = "set activedefrag to yes, or restart this Redis at a quiet time: memory that it has freed \
                  lies in pieces that it cannot give back; after a peak that is over, it is no harm";
    let mut finding =
        super::finding(kind, Some("fragmentation"), cache, node, Severity::Info, advice);
    finding.evidence.extend([used(node), resident(node)]);
    Some(finding)
}
