use perf_core::time::{Duration, Instant};
use perf_core::{CallSite, Fingerprint};

use super::{Holder, HolderState};

/// Somebody who holds a connection.
///
/// Invariant: all time from `since` to `changed` is in one of the sums, by what was the case then.
#[derive(Debug)]
pub(super) struct Occupant {
    call_site: CallSite,
    since: Instant,
    /// When what it does last changed.
    changed: Instant,
    /// Statements on their way, more than one when they are pipelined.
    running: u32,
    /// The one sent last.
    statement: Option<Fingerprint>,
    in_transaction: bool,
    cancelling: bool,
    busy: Duration,
    idle_in_transaction: Duration,
}

/// How a connection was held, from its checkout to its return.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) call_site: CallSite,
    pub(super) held: Duration,
    /// While statements ran.
    pub(super) busy: Duration,
    pub(super) idle_in_transaction: Duration,
}

impl Occupant {
    pub(super) fn new(call_site: CallSite, now: Instant) -> Self {
        Self {
            call_site,
            since: now,
            changed: now,
            running: 0,
            statement: None,
            in_transaction: false,
            cancelling: false,
            busy: Duration::ZERO,
            idle_in_transaction: Duration::ZERO,
        }
    }

    pub(super) fn sends(&mut self, statement: &Fingerprint, now: Instant) {
        if self.running == 0 {
            self.settle(now);
        }
        self.running += 1;
        self.statement = Some(statement.clone());
    }

    pub(super) fn is_answered(&mut self, now: Instant) {
        self.running = self.running.saturating_sub(1);
        if self.running == 0 {
            self.busy += now - self.changed;
            self.changed = now;
        }
    }

    /// It holds the connection for something else than to have it cancelled, and no statement of
    /// it is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.running == 0 && !self.cancelling
    }

    pub(super) fn begins(&mut self, now: Instant) {
        self.settle(now);
        self.in_transaction = true;
    }

    pub(super) fn is_cancelled(&mut self, now: Instant) {
        self.settle(now);
        self.cancelling = true;
    }

    pub(super) fn hold(&mut self, now: Instant) -> Hold {
        self.settle(now);
        let Self { call_site, busy, idle_in_transaction, .. } = *self;
        Hold { call_site, held: now - self.since, busy, idle_in_transaction }
    }

    pub(super) fn holder(&self, now: Instant) -> Holder {
        let state = match &self.statement {
            _ if self.cancelling => HolderState::Cancelling,
            Some(statement) if self.running > 0 => HolderState::Running(statement.clone()),
            _ if self.in_transaction => HolderState::IdleInTransaction,
            _ => HolderState::Idle,
        };
        let (held, state_for) = (now - self.since, now - self.changed);
        Holder { call_site: self.call_site, held, state, state_for }
    }

    /// Puts the time since the last change where it belongs.
    fn settle(&mut self, now: Instant) {
        let passed = now - self.changed;
        if self.running > 0 {
            self.busy += passed;
        } else if self.in_transaction {
            self.idle_in_transaction += passed;
        }
        self.changed = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn all_time_counts_once_by_what_was_the_case() {
        let start = perf_core::time::now();
        let at = |second: u32| start + second * SECOND;
        let (begin, query) = (Fingerprint::of("begin"), Fingerprint::of("select 1"));
        let mut occupant = Occupant::new(CallSite::here(), start);
        occupant.sends(&begin, at(1));
        occupant.is_answered(at(2));
        occupant.begins(at(2));
        // Two at once: busy from the first to the last.
        occupant.sends(&query, at(5));
        occupant.sends(&query, at(6));
        occupant.is_answered(at(7));
        assert!(matches!(occupant.holder(at(7)).state, HolderState::Running(_)));
        occupant.is_answered(at(8));
        assert!(matches!(occupant.holder(at(9)).state, HolderState::IdleInTransaction));
        let hold = occupant.hold(at(10));
        assert_eq!(hold.held, 10 * SECOND);
        assert_eq!(hold.busy, 4 * SECOND);
        assert_eq!(hold.idle_in_transaction, 5 * SECOND);
    }
}
