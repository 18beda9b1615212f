use std::fmt;
use std::thread;

use perf_core::sync::Arc;

use super::table::{Flight, Mark};
use super::{Flights, Follow, Outcome};
use crate::fence::Birth;

/// The right and the duty to end a load. Dropped before it has landed, the load counts as
/// abandoned, or as failed when the thread is panicking.
pub(crate) struct Lead {
    flights: Flights,
    key: Arc<str>,
    flight: Arc<Flight>,
    /// What tells whether a fence was set, for a flight that is not in the table.
    alone: Option<Mark>,
    landed: bool,
}

impl Lead {
    pub(super) fn new(
        flights: Flights,
        key: Arc<str>,
        flight: Arc<Flight>,
        alone: Option<Mark>,
    ) -> Self {
        Self { flights, key, flight, alone, landed: false }
    }

    pub(crate) fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// What was in force when the load began.
    pub(crate) fn birth(&self) -> Birth {
        self.flight.birth
    }

    /// A place for the caller that started this load, when it hands the lead to a task.
    pub(crate) fn follow(&self) -> Follow {
        let _stripe = self.flights.stripe(&self.key);
        let boarded = self.flight.birth.epoch;
        Follow::new(self.flights.clone(), self.key.clone(), self.flight.clone(), boarded)
    }

    /// Ends the load. `store` runs, and `true` is returned, unless a fence was set since the load began.
    pub(crate) fn land(mut self, outcome: Outcome, store: impl FnOnce()) -> bool {
        self.end(outcome, store)
    }

    fn end(&mut self, outcome: Outcome, store: impl FnOnce()) -> bool {
        self.landed = true;
        let mut stripe = self.flights.stripe(&self.key);
        let open = match self.alone {
            Some(mark) => stripe.mark() == mark,
            None => stripe.take_out(&self.key, &self.flight),
        };
        if open {
            store();
        }
        if let Some(task) = self.flight.crew.lock().task.take() {
            task.has_landed();
        }
        // It is not set yet: a flight has one lead, and that lands once.
        _ = self.flight.outcome.set(outcome);
        drop(stripe);
        self.flight.landed.notify_waiters();
        open
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if self.landed {
            return;
        }
        let outcome = if thread::panicking() { Outcome::Failed(None) } else { Outcome::Abandoned };
        _ = self.end(outcome, || ());
    }
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead").finish_non_exhaustive()
    }
}
