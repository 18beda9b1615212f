//! The one door for clocks.
//!
//! ```
//! use std::time::Duration;
//! use perf_core::time;
//!
//! let started = time::now();
//! let deadline = started + Duration::from_secs(1);
//! assert!(time::now() - started < Duration::from_secs(1));
//! assert!(time::now() < deadline);
//! ```

use std::ops::{Add, Sub};
use std::time::{SystemTime, UNIX_EPOCH};

pub use std::time::Duration;

use crate::sync::OnceLock;

/// Not quanta's own global one, which looks at a thread-local first: reading that in the destructor
/// of another thread-local would end the process.
static CLOCK: OnceLock<quanta::Clock> = OnceLock::new();

/// A moment on the monotonic clock.
///
/// Read from the processor's time-stamp counter where that runs steadily, from the operating
/// system elsewhere: a request reads the clock three times, and this halves what that costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    inner: quanta::Instant,
}

/// The monotonic clock.
///
/// The first call of a process calibrates the counter, which takes less than a millisecond.
///
/// # Cost
/// About 10 ns; a hot path reads it as rarely as it can.
#[inline]
pub fn now() -> Instant {
    Instant { inner: CLOCK.get_or_init(quanta::Clock::new).now() }
}

/// The wall clock as milliseconds since 1970-01-01 UTC; 0 on a machine whose clock stands before that.
pub fn unix_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Instant {
    /// How long ago this was; zero for a moment still to come.
    pub fn elapsed(self) -> Duration {
        now() - self
    }
}

/// Zero where the right side is the later one.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.inner.saturating_duration_since(earlier.inner)
    }
}

/// A moment that the clock cannot hold becomes one a hundred years away.
impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        let later = |duration| self.inner.checked_add(duration);
        Self { inner: later(duration).or_else(|| later(CENTURY)).unwrap_or(self.inner) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_and_sums_never_leave_the_range() {
        let (earlier, later) = (now(), now() + Duration::from_secs(5));
        assert_eq!(earlier - later, Duration::ZERO);
        assert_eq!(later.elapsed(), Duration::ZERO);
        assert!(earlier + Duration::MAX > later);
    }

    #[test]
    fn it_runs_as_fast_as_the_clock_of_the_operating_system() {
        let (ours, theirs) = (now(), std::time::Instant::now());
        std::thread::sleep(Duration::from_millis(200));
        let (ours, theirs) = (ours.elapsed().as_secs_f64(), theirs.elapsed().as_secs_f64());
        assert!((ours - theirs).abs() < 0.002, "{ours} {theirs}");
    }
}
