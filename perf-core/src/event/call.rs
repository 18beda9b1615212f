use super::{CallSite, Event, EventOutcome, Name};
use crate::recorder::{Observe, Recorder};
use crate::scope::{self, Work};
use crate::time::{Duration, Instant};

/// One request to another service.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct CallEvent<'a> {
    /// Whom it asked for what, as a template: `GET suppliers /price/{id}`.
    pub target: &'a Name,
    /// From the request to the end of the answer.
    pub duration: Duration,
    /// How it ended.
    pub outcome: EventOutcome,
    /// Who asked. Defaults to nowhere.
    pub call_site: CallSite,
    /// Which try of a retried request it was, from 1. Defaults to 1.
    pub attempt: u32,
}

impl<'a> CallEvent<'a> {
    /// A request that took `duration`.
    pub fn new(target: &'a Name, duration: Duration, outcome: EventOutcome) -> Self {
        Self { target, duration, outcome, call_site: CallSite::NOWHERE, attempt: 1 }
    }

    /// Who asked. Defaults to nowhere.
    pub fn call_site(mut self, call_site: CallSite) -> Self {
        self.call_site = call_site;
        self
    }

    /// Which try of a retried request it was, from 1. Defaults to 1.
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// Hands the event in.
    pub fn record(self) {
        scope::hand_in(&self);
    }
}

impl Event for CallEvent<'_> {
    fn count(&self, recorder: &Recorder) {
        recorder.call(self.target).count(self);
    }

    fn show(&self, recorder: &Recorder, observer: &dyn Observe) {
        observer.call(&CallEvent { target: recorder.call_name(self.target), ..*self });
    }

    fn append(&self, work: &mut Work, opened: Instant) {
        work.add_call(self, opened);
    }
}
