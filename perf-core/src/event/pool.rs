use super::{CallSite, Event, EventOutcome, Name};
use crate::recorder::{Observe, Recorder};
use crate::scope::{self, Work};
use crate::time::{Duration, Instant};

/// One checkout from a pool of connections.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct PoolEvent<'a> {
    /// The pool's name.
    pub pool: &'a Name,
    /// How long the caller waited.
    pub wait: Duration,
    /// How it ended: a time-out is an error.
    pub outcome: EventOutcome,
    /// Who wants the connection. Defaults to an unknown place.
    pub call_site: CallSite,
    /// Connections in use, with this one. Defaults to 0.
    pub in_use: u64,
    /// Connections that the pool may hold. Defaults to 0.
    pub max_size: u64,
}

impl<'a> PoolEvent<'a> {
    /// A checkout that waited for `wait`.
    pub fn new(pool: &'a Name, wait: Duration, outcome: EventOutcome) -> Self {
        Self { pool, wait, outcome, call_site: CallSite::NOWHERE, in_use: 0, max_size: 0 }
    }

    /// Who wants the connection. Defaults to an unknown place.
    pub fn call_site(mut self, call_site: CallSite) -> Self {
        self.call_site = call_site;
        self
    }

    /// Connections in use, and connections that the pool may hold. Defaults to 0 and 0.
    pub fn size(mut self, in_use: u64, max_size: u64) -> Self {
        (self.in_use, self.max_size) = (in_use, max_size);
        self
    }

    /// Hands the event in.
    pub fn record(self) {
        scope::hand_in(&self);
    }
}

impl Event for PoolEvent<'_> {
    fn count(&self, recorder: &Recorder) {
        recorder.pool(self.pool).count(self);
        if self.call_site != CallSite::NOWHERE {
            recorder.pool_use(self.pool, self.call_site).count(self);
        }
    }

    fn show(&self, recorder: &Recorder, observer: &dyn Observe) {
        observer.pool(&PoolEvent { pool: recorder.pool_name(self.pool), ..*self });
    }

    fn append(&self, work: &mut Work, opened: Instant) {
        work.add_pool(self, opened);
    }
}
