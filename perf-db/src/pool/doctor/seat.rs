use perf_core::sync::{Arc, Mutex};
use perf_core::time::Instant;
use perf_core::{CallSite, Fingerprint, HoldEvent};

use super::occupant::Occupant;
use super::{Hold, Holder, Roster};

/// The place of one connection's present holder. It leaves the roster when the connection closes.
#[derive(Debug)]
pub(crate) struct Seat {
    occupant: Arc<Mutex<Option<Occupant>>>,
    roster: Arc<Roster>,
}

impl Seat {
    pub(super) fn new(occupant: Arc<Mutex<Option<Occupant>>>, roster: Arc<Roster>) -> Self {
        Self { occupant, roster }
    }

    pub(crate) fn taken(&self, call_site: CallSite, now: Instant) {
        *self.occupant.lock() = Some(Occupant::new(call_site, now));
    }

    pub(crate) fn sends(&self, statement: &Fingerprint, now: Instant) {
        self.with(|occupant| occupant.sends(statement, now));
    }

    pub(crate) fn is_answered(&self, now: Instant) {
        self.with(|occupant| occupant.is_answered(now));
    }

    /// A handle that tells whether somebody still holds the connection, and awaits nothing of it.
    pub(crate) fn is_held_idle(&self) -> impl Fn() -> bool + Send + use<> {
        let occupant = Arc::clone(&self.occupant);
        move || occupant.lock().as_ref().is_some_and(Occupant::is_idle)
    }

    pub(crate) fn begins(&self, now: Instant) {
        self.with(|occupant| occupant.begins(now));
    }

    /// The holder has gone, and left the server a statement to stop.
    pub(crate) fn is_cancelled(&self, now: Instant) {
        let mut place = self.occupant.lock();
        let Some(occupant) = &mut *place else { return };
        let hold = occupant.hold(now);
        occupant.is_cancelled(now);
        drop(place);
        self.record(&hold);
    }

    pub(crate) fn left(&self, now: Instant) {
        let occupant = self.occupant.lock().take();
        if let Some(mut occupant) = occupant {
            self.record(&occupant.hold(now));
        }
    }

    fn record(&self, hold: &Hold) {
        HoldEvent::new(&self.roster.pool, hold.call_site, hold.held)
            .busy(hold.busy)
            .idle_in_transaction(hold.idle_in_transaction)
            .record();
    }

    fn with(&self, change: impl FnOnce(&mut Occupant)) {
        if let Some(occupant) = &mut *self.occupant.lock() {
            change(occupant);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.roster.remove(&self.occupant);
    }
}

pub(super) fn holder(occupant: &Mutex<Option<Occupant>>, now: Instant) -> Option<Holder> {
    occupant.lock().as_ref().map(|occupant| occupant.holder(now))
}
