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

    /// A moment that has passed is that of the clocks.
    pub(crate) fn at(unix_ms: u64, clocks: Clocks) -> Self {
        let left = Duration::from_millis(unix_ms.saturating_sub(clocks.unix_ms));
        Self { unix_ms, deadline: clocks.now + left.min(MAX_TTL) }
    }
}

/// What both clocks said at one moment: read once for all values that come together, because the wall
/// clock costs more than what is done with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    pub(crate) unix_ms: u64,
    now: Instant,
}

impl Clocks {
    pub(crate) fn read() -> Self {
        Self { unix_ms: time::unix_millis(), now: time::now() }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
