use crate::event::EventOutcome;
use crate::metric::Counter;

/// How often work did not succeed, by why.
#[derive(Debug, Default)]
pub(super) struct Failures {
    pub(super) errors: Counter,
    pub(super) cancelled: Counter,
}

impl Failures {
    pub(super) fn count(&self, outcome: EventOutcome) {
        match outcome {
            EventOutcome::Ok => {}
            EventOutcome::Error => self.errors.add(1),
            EventOutcome::Cancelled => self.cancelled.add(1),
        }
    }
}
