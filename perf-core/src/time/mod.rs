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

#[cfg(feature = "testing")]
pub mod testing;

use std::ops::{Add, Sub};
use std::time::{SystemTime, UNIX_EPOCH};

pub use std::time::Duration;

use crate::sync::{AtomicU64, OnceLock, Ordering};

/// A moment on the monotonic clock.
///
/// Read from the processor's time-stamp counter where that runs steadily, from the operating
/// system elsewhere: a request reads the clock four times, and this halves what that costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// Since the first reading of the process.
    nanos: u64,
}

/// The monotonic clock.
///
/// The first call of a process calibrates the counter, which takes less than a millisecond.
///
/// # Cost
/// About 10 ns; a hot path reads it as rarely as it can.
#[inline]
pub fn now() -> Instant {
    #[cfg(feature = "testing")]
    if let Some(since) = testing::reading() {
        return Instant { nanos: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX) };
    }
    let Clock { clock, first } = CLOCK.get_or_init(Clock::start);
    Instant { nanos: clock.delta_as_nanos(*first, clock.raw()) }
}

/// Not the one of `quanta::Instant`, which looks at a thread-local first: that takes time, and reading it
/// in the destructor of another thread-local would end the process.
static CLOCK: OnceLock<Clock> = OnceLock::new();

struct Clock {
    clock: quanta::Clock,
    first: u64,
}

impl Clock {
    #[cold]
    fn start() -> Self {
        let clock = quanta::Clock::new();
        let first = clock.raw();
        Self { clock, first }
    }
}

/// The wall clock as milliseconds since 1970-01-01 UTC; 0 on a machine whose clock stands before that.
pub fn unix_millis() -> u64 {
    #[cfg(feature = "testing")]
    if let Some(since) = testing::reading() {
        let since = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        return testing::UNIX_MILLIS.saturating_add(since);
    }
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Instant {
    /// How long ago this was; zero for a moment still to come.
    pub fn elapsed(self) -> Duration {
        now() - self
    }

    /// Zero where `earlier` is the later one.
    #[inline]
    pub(crate) fn nanos_since(self, earlier: Self) -> u64 {
        self.nanos.saturating_sub(earlier.nanos)
    }
}

/// An [`Instant`] that threads share.
///
/// ```
/// use std::time::Duration;
/// use perf_core::time::{self, AtomicInstant};
///
/// let deadline = AtomicInstant::new(time::now());
/// deadline.store(time::now() + Duration::from_secs(60));
/// assert!(time::now() < deadline.load());
/// ```
#[derive(Debug)]
pub struct AtomicInstant {
    nanos: AtomicU64,
}

impl AtomicInstant {
    /// One that holds `moment`.
    pub const fn new(moment: Instant) -> Self {
        Self { nanos: AtomicU64::new(moment.nanos) }
    }

    /// The moment, and with it everything that was written before it was stored.
    #[inline]
    pub fn load(&self) -> Instant {
        Instant { nanos: self.nanos.load(Ordering::Acquire) }
    }

    /// Replaces the moment.
    pub fn store(&self, moment: Instant) {
        self.nanos.store(moment.nanos, Ordering::Release);
    }
}

/// Zero where the right side is the later one.
impl Sub for Instant {
    type Output = Duration;

    #[inline]
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos_since(earlier))
    }
}

/// A moment that the clock cannot hold becomes one a hundred years away.
impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        const CENTURY: u64 = 100 * 365 * 24 * 60 * 60 * 1_000_000_000;
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let later = |nanos| self.nanos.checked_add(nanos);
        Self { nanos: later(nanos).or_else(|| later(CENTURY)).unwrap_or(self.nanos) }
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
        // The best of a few: a busy machine may stop this thread between two readings.
        let difference = || {
            let (ours, theirs) = (now(), std::time::Instant::now());
            std::thread::sleep(Duration::from_millis(100));
            (ours.elapsed().as_secs_f64() - theirs.elapsed().as_secs_f64()).abs()
        };
        let least = (0..10).map(|_| difference()).find(|difference| *difference < 0.001);
        assert!(least.is_some(), "the clocks run apart");
    }
}
