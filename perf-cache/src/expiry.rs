use perf_core::time::{self, Duration, Instant};

use crate::policy::MAX_TTL;

/// The end of a value's life, on both clocks.
///
/// Tiers and processes share `unix_ms`, so that no copy outlives another. In this process
/// `deadline` decides: a wall clock that is set back cannot wake the dead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiry {
    pub(crate) unix_ms: u64,
    pub(crate) deadline: Instant,
}

impl Expiry {
    pub(crate) fn after(ttl: Duration) -> Self {
        Self {
            unix_ms: time::unix_millis().saturating_add(millis(ttl)),
            deadline: time::now() + ttl.min(MAX_TTL),
        }
    }

    /// `None` when that moment has passed.
    pub(crate) fn at(unix_ms: u64) -> Option<Self> {
        let left = unix_ms.saturating_sub(time::unix_millis());
        (left > 0).then(|| Self {
            unix_ms,
            deadline: time::now() + Duration::from_millis(left).min(MAX_TTL),
        })
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
