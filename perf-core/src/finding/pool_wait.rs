use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::event::CallSite;
use crate::recorder::{PoolStats, PoolUseStats};
use crate::time::Duration;
use crate::units::duration;

/// A free connection is handed out within microseconds and opening one takes a few milliseconds: of
/// twenty callers one stood in a queue.
const LONG_WAIT: Duration = Duration::from_millis(10);

/// Fewer say little about the 95th percentile.
const ENOUGH_CHECKOUTS: u64 = 100;

/// Standard deviations of the number of callers that the pool should have room for; with two of them
/// few callers wait (square-root staffing: Halfin and Whitt, 1981).
const HEADROOM: f64 = 2.0;

/// Call sites that are named.
const NAMED: usize = 3;

/// The finding about a pool whose callers wait.
pub(crate) fn pool_wait(
    pool: &PoolStats,
    uses: &[PoolUseStats],
    observed: Duration,
    all: Duration,
) -> Option<Finding> {
    let wait = pool.wait;
    if wait.count < ENOUGH_CHECKOUTS || wait.p95 < LONG_WAIT {
        return None;
    }
    let seconds = observed.as_secs_f64().max(f64::MIN_POSITIVE);
    // Little's law: arrival rate x time held.
    let in_use = pool.hold.total().as_secs_f64() / seconds;
    let wanted = (in_use + HEADROOM * in_use.sqrt()).ceil().max(1.0) as u64;
    let advice = if wanted > pool.max_size {
        format!(
            "raise max_size to {wanted}, if the server has so many connections left for this \
             instance, or shorten what the call sites do while they hold one"
        )
    } else {
        "there are enough connections on the average, so callers come in bursts or wait for \
         connections to open: raise min_idle, bound how many callers come at once, or shorten what \
         the call sites do while they hold a connection"
            .to_owned()
    };
    let impact = Impact::new(wait.total(), observed, all);
    let kind = FindingKind::PoolWait;
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), pool.pool),
        kind,
        severity: Severity::of_share(impact.share),
        subject: format!("pool {}", pool.pool),
        evidence: vec![
            Evidence::new("wait p95", duration(wait.p95)),
            Evidence::new("wait max", duration(wait.max)),
            Evidence::new("checkouts per second", format!("{:.1}", wait.count as f64 / seconds)),
            Evidence::new("mean hold", duration(pool.hold.mean)),
            Evidence::new("in use on the average", format!("{in_use:.1}")),
            Evidence::new("max size", pool.max_size.to_string()),
            Evidence::new("size for few waits", wanted.to_string()),
        ],
        call_sites: longest_holders(pool, uses),
        impact,
        remedy: Remedy { advice, code: None },
    })
}

/// `uses` has those who hold longest in all first.
fn longest_holders(pool: &PoolStats, uses: &[PoolUseStats]) -> Vec<CallSite> {
    let of_pool = uses.iter().filter(|site| site.pool == pool.pool);
    let known = of_pool.filter(|site| site.call_site != CallSite::NOWHERE);
    known.take(NAMED).map(|site| site.call_site).collect()
}
