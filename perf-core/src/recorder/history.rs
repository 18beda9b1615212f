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

/// When the next step begins. There is no thread that waits for it: the scope that closes next
/// takes it, which costs that one a few microseconds.
#[derive(Debug, Default)]
pub(crate) struct Ticks {
    next_millis: AtomicU64,
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
    last_at: Option<Instant>,
    points: VecDeque<Point>,
}

impl History {
    pub(crate) fn take(&self, totals: Totals, began: Instant, now: Instant) {
        let points = &mut *self.points.lock();
        let seconds = (now - points.last_at.replace(now).unwrap_or(began)).as_secs_f64().max(0.001);
        let last = std::mem::replace(&mut points.last, totals);
        let requests = totals.requests.saturating_sub(last.requests);
        let time = totals.time.saturating_sub(last.time);
        if points.points.len() == STEPS {
            points.points.pop_front();
        }
        points.points.push_back(Point {
            at: now - began,
            per_second: requests as f64 / seconds,
            errors_per_second: totals.errors.saturating_sub(last.errors) as f64 / seconds,
            mean: time.checked_div(u32::try_from(requests).unwrap_or(u32::MAX)).unwrap_or_default(),
        });
    }

    pub(crate) fn points(&self) -> Vec<Point> {
        self.points.lock().points.iter().copied().collect()
    }
}
