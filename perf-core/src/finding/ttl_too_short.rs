use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::CacheStats;
use crate::time::Duration;
use crate::units::{duration, percent};

/// Fewer reloads say little: with 100 the share that is found is within 6 % of the true one, nearly always.
const ENOUGH_RELOADS: u64 = 100;

/// With fewer, most loads are for keys that are new, were evicted or were invalidated, and a longer ttl
/// would spare the lesser part.
const MOSTLY_EXPIRED: f64 = 0.5;

/// If one reload in ten finds a change, then with twice the ttl only about one in five would: most would
/// still be in vain.
const MOSTLY_UNCHANGED: f64 = 0.9;

/// The finding about a cache whose values expire though they have not changed.
pub(crate) fn ttl_too_short(
    cache: &CacheStats,
    observed: Duration,
    all: Duration,
) -> Option<Finding> {
    let seen = cache.state.as_ref()?.reloads;
    if seen.expired < ENOUGH_RELOADS {
        return None;
    }
    let expired = seen.expired as f64 / seen.sampled as f64;
    let unchanged = seen.unchanged as f64 / seen.expired as f64;
    if expired < MOSTLY_EXPIRED || unchanged < MOSTLY_UNCHANGED {
        return None;
    }
    let load = cache.loader.mean_hit;
    let in_vain = expired * unchanged * cache.loader.hits as f64;
    let lost = Duration::try_from_secs_f64(load.as_secs_f64() * in_vain).unwrap_or(Duration::MAX);
    let impact = Impact::new(lost, observed, all);
    let kind = FindingKind::TtlTooShort;
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), cache.cache),
        kind,
        severity: Severity::of_share(impact.share),
        subject: format!("cache {}", cache.cache),
        evidence: vec![
            Evidence::new("loads of expired values", percent(expired)),
            Evidence::new("the same again", percent(unchanged)),
            Evidence::new("sampled loads", seen.sampled.to_string()),
            Evidence::new("mean load", duration(load)),
        ],
        call_sites: Vec::new(),
        impact,
        remedy: Remedy {
            advice: "give it a longer ttl: twice as long spares about half of these loads; and \
                     invalidate what changes, by key or by tag, so that the ttl need not do it"
                .to_owned(),
            code: None,
        },
    })
}
