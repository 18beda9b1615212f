use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::event::CallSite;
use crate::recorder::PoolUseStats;
use crate::time::Duration;
use crate::units::{duration, percent};

/// Held without need for less than this on the average, a connection is missed by nobody.
const LONG_MEAN: Duration = Duration::from_millis(10);

/// Fewer say little about the mean.
const ENOUGH_HOLDS: u64 = 20;

/// The finding about a place that holds connections for longer than it lets statements run. What
/// lies in open transactions is the affair of `idle_in_transaction`.
pub(crate) fn long_hold(site: &PoolUseStats, observed: Duration, all: Duration) -> Option<Finding> {
    let held = site.hold.total();
    let idle = held.saturating_sub(site.busy).saturating_sub(site.idle_in_transaction);
    let count = u32::try_from(site.hold.count).unwrap_or(u32::MAX);
    let is_known = site.hold.count >= ENOUGH_HOLDS && site.call_site != CallSite::NOWHERE;
    if !is_known || idle < LONG_MEAN.saturating_mul(count) || idle <= site.busy {
        return None;
    }
    let impact = Impact::new(idle, observed, all);
    let kind = FindingKind::LongHold;
    let share = idle.as_secs_f64() / held.as_secs_f64();
    Some(Finding {
        key: format!("{}:{}:{}", kind.as_str(), site.pool, site.call_site),
        kind,
        severity: Severity::of_share(impact.share),
        subject: format!("pool {}", site.pool),
        evidence: vec![
            Evidence::new("mean hold", duration(site.hold.mean)),
            Evidence::new("of it idle", percent(share)),
            Evidence::new("hold p95", duration(site.hold.p95)),
            Evidence::new("holds", site.hold.count.to_string()),
        ],
        call_sites: vec![site.call_site],
        impact,
        remedy: Remedy {
            advice: "take the connection later and give it back sooner: call other services, \
                     compute and wait before the first statement or after the last"
                .to_owned(),
            code: None,
        },
    })
}
