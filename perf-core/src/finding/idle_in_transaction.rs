use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::event::CallSite;
use crate::recorder::PoolUseStats;
use crate::time::Duration;
use crate::units::duration;

/// As long as a statement that is slow (`slow_query`): others wait as long for the same locks.
const LONG_MEAN: Duration = Duration::from_millis(20);

/// Fewer say little about the mean.
const ENOUGH_HOLDS: u64 = 20;

/// Once is enough: meanwhile nothing that is newer can be cleaned up by vacuum, and locks are held for
/// longer than most services let a request take.
const VERY_LONG: Duration = Duration::from_secs(10);

/// The finding about a place that leaves transactions open while nothing runs in them.
pub(crate) fn idle_in_transaction(
    site: &PoolUseStats,
    observed: Duration,
    all: Duration,
) -> Option<Finding> {
    let idle = site.idle_in_transaction;
    let count = u32::try_from(site.hold.count).unwrap_or(u32::MAX);
    let is_often = site.hold.count >= ENOUGH_HOLDS && idle >= LONG_MEAN.saturating_mul(count);
    let is_long = site.longest_idle_in_transaction >= VERY_LONG;
    if !(is_often || is_long) || site.call_site == CallSite::NOWHERE {
        return None;
    }
    let impact = Impact::new(idle, observed, all);
    let kind = FindingKind::IdleInTransaction;
    Some(Finding {
        key: format!("{}:{}:{}", kind.as_str(), site.pool, site.call_site),
        kind,
        // It stops others, whatever its share of the time of its own scopes.
        severity: Severity::of_share(impact.share).max(Severity::Warning),
        subject: format!("pool {}", site.pool),
        evidence: vec![
            Evidence::new("mean", duration(idle / count.max(1))),
            Evidence::new("longest", duration(site.longest_idle_in_transaction)),
            Evidence::new("statements ran for", duration(site.busy / count.max(1))),
            Evidence::new("times", site.hold.count.to_string()),
        ],
        call_sites: vec![site.call_site],
        impact,
        remedy: Remedy {
            advice: "do in the transaction what needs it and nothing else: what calls other \
                     services, computes or waits belongs before it begins or after it commits"
                .to_owned(),
            code: None,
        },
    })
}
