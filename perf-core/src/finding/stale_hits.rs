//! What the audit of a cache says: that it serves what its loaders would not give, and whether time
//! makes it so.

use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity};
use crate::recorder::{Audits, CacheStats};
use crate::units::percent;

/// Fewer say little: one stale hit in 20 is then told from none.
const ENOUGH_AUDITS: u64 = 100;

/// In each half of the ttl, before the halves are compared.
const ENOUGH_IN_HALF: u64 = 30;

/// One hit in twenty. A cache that is never stale is none; this is what users begin to tell each other.
const OFTEN: f64 = 0.05;

/// Values that change at any moment are stale three times as often in the second half of their ttl if
/// they change seldom, and half as often again if they change four times within it. Where age matters
/// less than that, something else makes them stale.
const BY_AGE: f64 = 1.5;

/// The finding about a cache that often serves what has changed: `ttl_too_long` where old values are stale
/// more often than young ones, and `stale_hits` where a value is as stale soon after its load.
pub(crate) fn stale_hits(cache: &CacheStats) -> Option<Finding> {
    let audits = cache.state.as_ref()?.audits?;
    if audits.audited < ENOUGH_AUDITS || audits.stale_rate() < OFTEN {
        return None;
    }
    let by_age = grows_with_age(&audits);
    let kind = if by_age { FindingKind::TtlTooLong } else { FindingKind::StaleHits };
    let mut evidence = vec![
        Evidence::new("stale hits", percent(audits.stale_rate())),
        Evidence::new("audited hits", audits.audited.to_string()),
    ];
    if by_age {
        let [early, late] = audits.stale_rates_by_age();
        evidence.push(Evidence::new("in the first half of the ttl", percent(early)));
        evidence.push(Evidence::new("in the second half", percent(late)));
    }
    Some(Finding {
        key: format!("{}:{}", kind.as_str(), cache.cache),
        kind,
        // It costs no time, but answers are wrong.
        severity: Severity::Warning,
        subject: format!("cache {}", cache.cache),
        evidence,
        call_sites: Vec::new(),
        impact: Impact::default(),
        remedy: Remedy { advice: advice(kind).to_owned(), code: None },
    })
}

fn grows_with_age(audits: &Audits) -> bool {
    let in_half = audits.audited_late.min(audits.audited.saturating_sub(audits.audited_late));
    let [early, late] = audits.stale_rates_by_age();
    in_half >= ENOUGH_IN_HALF && late >= BY_AGE * early
}

fn advice(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::TtlTooLong => {
            "invalidate what changes where it is changed, by key or by tag; or give it a shorter ttl"
        }
        _ => {
            "a value is stale soon after its load, so a shorter ttl helps little: invalidate after the \
             change is committed, not before; load from the primary, not from a replica that lags; and \
             leave out of the value what differs with each load, such as a time or a random number"
        }
    }
}
