use perf_core::time::{self, Instant};
use perf_core::{EventOutcome, QueryEvent};

use super::{Call, parameters};
use crate::pool::Lease;

/// From the moment a statement has its connection to the end of its answer.
///
/// Dropped before it landed, it gives the connection up. Either way the statement is recorded.
pub(super) struct InFlight<'a> {
    call: &'a Call<'a>,
    lease: &'a Lease,
    parameters: u64,
    started: Instant,
    rows: u64,
    outcome: EventOutcome,
}

impl<'a> InFlight<'a> {
    pub(super) fn new(call: &'a Call<'a>, lease: &'a Lease) -> Self {
        let started = time::now();
        lease.sends(call.sql.fingerprint(), started);
        Self {
            call,
            lease,
            parameters: parameters::hash(call.parameters),
            started,
            rows: 0,
            outcome: EventOutcome::Cancelled,
        }
    }

    pub(super) fn landed(mut self, outcome: EventOutcome, rows: u64) {
        (self.outcome, self.rows) = (outcome, rows);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.outcome == EventOutcome::Cancelled {
            self.lease.abandon();
        }
        let now = time::now();
        self.lease.is_answered(now);
        let fingerprint = self.call.sql.fingerprint().clone();
        QueryEvent::new(fingerprint, self.call.call_site, now - self.started)
            .parameters(self.parameters)
            .rows(self.rows)
            .outcome(self.outcome)
            .record();
    }
}
