use serde::Serialize;

use super::failures::Failures;
use crate::event::{CallEvent, Name};
use crate::metric::{Counter, Histogram, Latency};

#[derive(Debug, Default)]
pub(crate) struct CallSeries {
    duration: Histogram,
    failures: Failures,
    retries: Counter,
}

impl CallSeries {
    pub(crate) fn count(&self, event: &CallEvent<'_>) {
        self.duration.record(event.duration);
        self.failures.count(event.outcome);
        if event.attempt > 1 {
            self.retries.add(1);
        }
    }

    pub(crate) fn stats(&self, name: &Name) -> CallStats {
        CallStats {
            target: name.as_str().to_owned(),
            duration: self.duration.summary(),
            errors: self.failures.errors.value(),
            cancelled: self.failures.cancelled.value(),
            retries: self.retries.value(),
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
    /// Those that repeat a request of which a try came before.
    pub retries: u64,
}
