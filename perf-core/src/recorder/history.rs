//! What each route did in the last minutes, in steps of a few seconds.

use std::collections::VecDeque;

use serde::Serialize;

use crate::sync::{AtomicU64, Mutex, Ordering};
use crate::time::{Duration, Instant};
use crate::units::serialize_millis;

/// The length of a step; longer where nothing closed.
const STEP: Duration = Duration::from_secs(5);

/// Steps kept: ten minutes.
const STEPS: usize = 120;

/// When a step ends. There is no thread that waits for it: the scope that closes next takes it,
/// which costs that one a microsecond or less for each route.
#[derive(Debug)]
pub(crate) struct Ticks {
    next_millis: AtomicU64,
    /// The end of the last step; none when there was none.
    last: Mutex<Option<Instant>>,
}

impl Default for Ticks {
    fn default() -> Self {
        Self { next_millis: AtomicU64::new(STEP.as_millis() as u64), last: Mutex::default() }
    }
}

impl Ticks {
    /// Whether the caller is the one to take the step that is due.
    #[inline]
    pub(crate) fn is_due(&self, since: Duration) -> bool {
        let now = since.as_millis() as u64;
        let next = self.next_millis.load(Ordering::Relaxed);
        now >= next
            && self
                .next_millis
                .compare_exchange(
                    next,
                    now + STEP.as_millis() as u64,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }

    /// Ends a step now and tells when it began.
    pub(crate) fn step(&self, began: Instant, now: Instant) -> Instant {
        self.last.lock().replace(now).unwrap_or(began)
    }
}

/// Counts of one route up to a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) time: Duration,
}

/// What a route did in one step.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Point {
    /// When the step ended, since the recorder began.
    #[serde(rename = "at_ms", serialize_with = "serialize_millis")]
    pub at: Duration,
    /// Closed scopes per second.
    pub per_second: f64,
    /// Those per second that the service is to blame for.
    pub errors_per_second: f64,
    /// The mean time of a scope; zero where none closed.
    #[serde(rename = "mean_ms", serialize_with = "serialize_millis")]
    pub mean: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    points: Mutex<Points>,
}

#[derive(Debug, Default)]
struct Points {
    last: Totals,
    points: VecDeque<Point>,
}

impl History {
    /// Takes the point of a step of this length, which ended `at`. A route that is new came during
    /// the step: otherwise the one before would have met it.
    pub(crate) fn take(&self, totals: Totals, step: Duration, at: Duration) {
        let points = &mut *self.points.lock();
        let seconds = step.as_secs_f64().max(0.001);
        let last = std::mem::replace(&mut points.last, totals);
        let requests = totals.requests.saturating_sub(last.requests);
        let time = totals.time.saturating_sub(last.time);
        if points.points.len() == STEPS {
            points.points.pop_front();
        }
        points.points.push_back(Point {
            at,
            per_second: requests as f64 / seconds,
            errors_per_second: totals.errors.saturating_sub(last.errors) as f64 / seconds,
            mean: time.checked_div(u32::try_from(requests).unwrap_or(u32::MAX)).unwrap_or_default(),
        });
    }

    pub(crate) fn points(&self) -> Vec<Point> {
        self.points.lock().points.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn totals(requests: u64, errors: u64, millis: u64) -> Totals {
        Totals { requests, errors, time: Duration::from_millis(millis) }
    }

    #[test]
    fn the_first_step_ends_after_five_seconds_and_each_is_taken_by_one() {
        let ticks = Ticks::default();
        assert!(!ticks.is_due(Duration::ZERO) && !ticks.is_due(Duration::from_millis(4_999)));
        assert!(ticks.is_due(seconds(5)));
        assert!(!ticks.is_due(seconds(5)) && !ticks.is_due(seconds(9)));
        assert!(ticks.is_due(seconds(60)), "nothing closed meanwhile");
        assert!(!ticks.is_due(seconds(64)) && ticks.is_due(seconds(65)));
    }

    #[test]
    fn a_step_begins_where_the_one_before_ended() {
        let (ticks, began) = (Ticks::default(), crate::time::now());
        assert_eq!(ticks.step(began, began + seconds(5)), began);
        assert_eq!(ticks.step(began, began + seconds(60)), began + seconds(5));
    }

    #[test]
    fn a_point_has_the_rates_of_its_step_and_the_mean_of_its_scopes() {
        let history = History::default();
        history.take(totals(10, 1, 500), seconds(5), seconds(5));
        history.take(totals(30, 11, 700), seconds(10), seconds(15));
        history.take(totals(30, 11, 700), seconds(5), seconds(20));
        let points = history.points();
        let rates = points.iter().map(|point| (point.per_second, point.errors_per_second));
        assert_eq!(rates.collect::<Vec<_>>(), [(2.0, 0.2), (2.0, 1.0), (0.0, 0.0)]);
        let means = points.iter().map(|point| point.mean.as_millis());
        assert_eq!(means.collect::<Vec<_>>(), [50, 10, 0]);
        assert_eq!(points[1].at, seconds(15));
    }

    #[test]
    fn ten_minutes_are_kept() {
        let history = History::default();
        (1..=500).for_each(|n| history.take(totals(n, 0, n), seconds(5), seconds(n * 5)));
        let points = history.points();
        assert_eq!((points.len(), points[0].at), (120, seconds(381 * 5)));
    }
}
