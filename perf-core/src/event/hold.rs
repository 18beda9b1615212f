use super::{CallSite, Event, Name};
use crate::recorder::{Observe, Recorder};
use crate::scope::{self, Work};
use crate::time::{Duration, Instant};

/// A connection on its way back to its pool.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct HoldEvent<'a> {
    /// The pool's name.
    pub pool: &'a Name,
    /// Who held it.
    pub call_site: CallSite,
    /// From the checkout to the return.
    pub held: Duration,
    /// The part of it in which statements ran. Defaults to zero.
    pub busy: Duration,
    /// The part of it in which a transaction was open and nothing ran. Defaults to zero.
    pub idle_in_transaction: Duration,
}

impl<'a> HoldEvent<'a> {
    /// A connection that was `held` so long.
    pub fn new(pool: &'a Name, call_site: CallSite, held: Duration) -> Self {
        Self { pool, call_site, held, busy: Duration::ZERO, idle_in_transaction: Duration::ZERO }
    }

    /// How long statements ran. Defaults to zero.
    pub fn busy(mut self, time: Duration) -> Self {
        self.busy = time;
        self
    }

    /// How long a transaction was open in which nothing ran. Defaults to zero.
    pub fn idle_in_transaction(mut self, time: Duration) -> Self {
        self.idle_in_transaction = time;
        self
    }

    /// Hands the event in.
    pub fn record(self) {
        scope::hand_in(&self);
    }
}

impl Event for HoldEvent<'_> {
    fn count(&self, recorder: &Recorder) {
        recorder.pool(self.pool).count_hold(self);
        recorder.pool_use(self.pool, self.call_site).count_hold(self);
    }

    fn show(&self, recorder: &Recorder, observer: &dyn Observe) {
        observer.hold(&HoldEvent { pool: recorder.pool_name(self.pool), ..*self });
    }

    /// A unit of work that holds a connection does other things meanwhile, which count as themselves.
    fn append(&self, _: &mut Work, _: Instant) {}
}
