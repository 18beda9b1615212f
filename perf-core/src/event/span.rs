use super::{Event, EventOutcome};
use crate::recorder::{Observe, Recorder};
use crate::scope::{self, Work};
use crate::time::{self, Duration, Instant};

/// A part of the code that was timed; it shows between the statements and calls of its scope.
///
/// ```
/// use perf_core::{Scope, SpanEvent};
///
/// let (total, work) = Scope::named("invoice").run_sync(|| SpanEvent::time("add up", || 2 + 2));
/// assert_eq!((total, work.steps().count()), (4, 1));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct SpanEvent {
    /// What was done: a name in the code, never data.
    pub name: &'static str,
    /// How long it took.
    pub duration: Duration,
    /// How it ended. Defaults to [`EventOutcome::Ok`].
    pub outcome: EventOutcome,
}

impl SpanEvent {
    /// A part that took `duration` and ends now.
    pub fn new(name: &'static str, duration: Duration) -> Self {
        Self { name, duration, outcome: EventOutcome::Ok }
    }

    /// Runs the closure and hands in how long it took.
    pub fn time<T>(name: &'static str, body: impl FnOnce() -> T) -> T {
        let started = time::now();
        let output = body();
        Self::new(name, started.elapsed()).record();
        output
    }

    /// How it ended. Defaults to [`EventOutcome::Ok`].
    pub fn outcome(mut self, outcome: EventOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Hands the event in. Outside every scope it says nothing to anybody.
    pub fn record(self) {
        scope::hand_in(&self);
    }
}

impl Event for SpanEvent {
    fn count(&self, _: &Recorder) {}

    fn show(&self, _: &Recorder, _: &dyn Observe) {}

    fn append(&self, work: &mut Work, opened: Instant) {
        work.add_span(self, opened);
    }
}
