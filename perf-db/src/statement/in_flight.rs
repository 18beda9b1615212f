use std::ops::Deref;

use perf_core::time::{self, Duration, Instant};
use perf_core::{CallSite, EventOutcome, Fingerprint, QueryEvent};

use super::{Call, parameters};
use crate::pool::Lease;

/// From the moment a statement has its connection to the end of its answer.
///
/// Dropped before it landed, it gives the connection up. Either way the statement is recorded.
pub(super) struct InFlight<L: Deref<Target = Lease>> {
    pub(super) lease: L,
    statement: Fingerprint,
    call_site: CallSite,
    parameters: u64,
    started: Instant,
    pub(super) rows: u64,
    outcome: EventOutcome,
    is_recorded: bool,
}

impl<L: Deref<Target = Lease>> InFlight<L> {
    pub(super) fn new(call: &Call<'_>, lease: L) -> Self {
        let started = time::now();
        lease.sends(call.sql.fingerprint(), started);
        Self {
            lease,
            statement: call.sql.fingerprint().clone(),
            call_site: call.call_site,
            parameters: parameters::hash(call.parameters),
            started,
            rows: 0,
            outcome: EventOutcome::Cancelled,
            is_recorded: false,
        }
    }

    /// How long it took.
    pub(super) fn landed(mut self, outcome: EventOutcome, rows: u64) -> Duration {
        (self.outcome, self.rows) = (outcome, rows);
        self.record()
    }

    fn record(&mut self) -> Duration {
        self.is_recorded = true;
        let now = time::now();
        self.lease.is_answered(now);
        let took = now - self.started;
        QueryEvent::new(self.statement.clone(), self.call_site, took)
            .parameters(self.parameters)
            .rows(self.rows)
            .outcome(self.outcome)
            .record();
        took
    }
}

impl<L: Deref<Target = Lease>> Drop for InFlight<L> {
    fn drop(&mut self) {
        if !self.is_recorded {
            self.lease.abandon();
            self.record();
        }
    }
}
