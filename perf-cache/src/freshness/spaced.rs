use perf_core::time::{self, AtomicInstant, Duration, Instant};

/// Work that is done now and then: not before a gap is over, and for at most a hundredth of the time.
/// Threads that ask in the same moment may both be told to do it.
#[derive(Debug)]
pub(super) struct Spaced {
    gap: Duration,
    next: AtomicInstant,
}

impl Spaced {
    /// At most once in a gap; the first time at once.
    pub(super) fn by(gap: Duration) -> Self {
        Self { gap, next: AtomicInstant::new(time::now()) }
    }

    /// Whether the work may be done now; then not again before the gap is over.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let is_due = now >= self.next.load();
        if is_due {
            self.next.store(now + self.gap);
        }
        is_due
    }

    /// The work has been done, and took its thread so long.
    pub(super) fn took(&self, took: Duration) {
        self.next.store(time::now() + self.gap.max(took.saturating_mul(100)));
    }
}
