use perf_core::sync::{AtomicBool, AtomicU8, AtomicU32, Ordering};

/// Failures in a row that open the breaker. One or two are a connection that broke or a slow moment of
/// a server that is well; five in a row cost a caller who asks for five keys 1.25 s.
const FAILURES: u32 = 5;

/// What the store is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Everything.
    Closed,
    /// Changes alone: it answers again, and those that were missed are being made.
    HalfOpen,
    /// Nothing.
    Open,
}

#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: AtomicU8,
    failures: AtomicU32,
    /// Whether the last trouble was silence, which a connection that is dead and open gives for ever.
    was_silent: AtomicBool,
}

impl Breaker {
    pub(super) fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Closed,
            1 => State::HalfOpen,
            _ => State::Open,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state() == State::Closed
    }

    pub(super) fn went_well(&self) {
        // Written seldom, so that threads do not share the line on each hit.
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Whether it is time to open.
    pub(super) fn failed(&self) -> bool {
        self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES
    }

    pub(super) fn timed_out(&self) -> bool {
        self.was_silent.store(true, Ordering::Relaxed);
        self.failed()
    }

    pub(super) fn set(&self, state: State) {
        if state == State::Closed {
            self.failures.store(0, Ordering::Relaxed);
        }
        self.state.store(state as u8, Ordering::Release);
    }

    /// Whether the connection should be replaced before the next attempt.
    pub(super) fn take_silence(&self) -> bool {
        self.was_silent.swap(false, Ordering::Relaxed)
    }

    pub(super) fn was_silent(&self) {
        self.was_silent.store(true, Ordering::Relaxed);
    }
}
