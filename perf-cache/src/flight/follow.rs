use std::pin::pin;

use perf_core::sync::Arc;

use super::table::Flight;
use super::{Flights, Outcome, Task};
use crate::fence::Epoch;

/// A place on somebody's flight. When the last one is given up, a task that leads the flight is
/// stopped.
pub(crate) struct Follow {
    flights: Flights,
    key: Arc<str>,
    flight: Arc<Flight>,
    boarded: Epoch,
}

impl Follow {
    /// Must be called under the lock of the key's stripe.
    pub(super) fn new(
        flights: Flights,
        key: Arc<str>,
        flight: Arc<Flight>,
        boarded: Epoch,
    ) -> Self {
        flight.crew.lock().followers += 1;
        Self { flights, key, flight, boarded }
    }

    /// Names the task that leads the flight.
    pub(crate) fn led_by(&self, task: Task) {
        let _stripe = self.flights.stripe(&self.key);
        if self.flight.outcome.get().is_none() {
            self.flight.crew.lock().task = Some(task);
        } else {
            task.has_landed();
        }
    }

    /// Waits for the end of the flight.
    pub(crate) async fn outcome(&self) -> Outcome {
        loop {
            let mut landed = pin!(self.flight.landed.notified());
            // Before the look, so that a landing between the two is not missed.
            landed.as_mut().enable();
            if let Some(outcome) = self.flight.outcome.get() {
                return self.judged(outcome.clone());
            }
            landed.await;
        }
    }

    /// A value whose tags came with it may have been overtaken before this follower boarded.
    fn judged(&self, outcome: Outcome) -> Outcome {
        let Outcome::Value(_, Some(tags)) = &outcome else {
            return outcome;
        };
        let birth = self.flight.birth.epoch;
        let is_late = self.boarded > birth;
        if is_late && self.flights.ledger().has_struck(&self.key, birth, tags) {
            return Outcome::Abandoned;
        }
        outcome
    }

    /// Gives the place up without stopping the load.
    pub(crate) fn let_it_fly(self) {
        self.flight.crew.lock().task = None;
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let mut stripe = self.flights.stripe(&self.key);
        let mut crew = self.flight.crew.lock();
        crew.followers -= 1;
        if crew.followers > 0 {
            return;
        }
        let Some(task) = crew.task.take() else {
            return;
        };
        drop(crew);
        stripe.take_out(&self.key, &self.flight);
        drop(stripe);
        task.was_deserted();
    }
}
