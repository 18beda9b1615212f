//! The one door for clocks.
//!
//! ```
//! let started = perf_core::time::now();
//! assert!(perf_core::time::now() >= started);
//! ```

use std::time::{SystemTime, UNIX_EPOCH};

pub use std::time::{Duration, Instant};

/// The monotonic clock.
///
/// # Cost
/// About 30 ns on Linux; a hot path reads it as rarely as it can.
pub fn now() -> Instant {
    Instant::now()
}

/// The wall clock as milliseconds since 1970-01-01 UTC; 0 on a machine whose clock stands before that.
pub fn unix_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
