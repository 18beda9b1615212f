use serde::Serialize;

use crate::event::{CallEvent, EventOutcome, Name};
use crate::metric::{Counter, Histogram, Latency};

#[derive(Debug, Default)]
pub(crate) struct CallSeries {
    duration: Histogram,
    errors: Counter,
    cancelled: Counter,
}

impl CallSeries {
    pub(crate) fn count(&self, event: &CallEvent<'_>) {
        self.duration.record(event.duration);
        match event.outcome {
            EventOutcome::Ok => {}
            EventOutcome::Error => self.errors.add(1),
            EventOutcome::Cancelled => self.cancelled.add(1),
        }
    }

    pub(crate) fn stats(&self, name: &Name) -> CallStats {
        CallStats {
            target: name.as_str().to_owned(),
            duration: self.duration.summary(),
            errors: self.errors.value(),
            cancelled: self.cancelled.value(),
        }
    }
}

/// What is known about the requests to one target.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CallStats {
    /// Whom they ask for what.
    pub target: String,
    /// How often, and how long they take.
    pub duration: Latency,
    /// Those that failed.
    pub errors: u64,
    /// Those given up before they ended.
    pub cancelled: u64,
}
