use perf_core::recorder::Backplane;
use perf_core::sync::Mutex;
use perf_core::time::{self, Duration, Instant};

/// How well this process hears, for those who ask meanwhile.
#[derive(Debug, Default)]
pub(in crate::guard) struct Reception(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    /// From when the last beat that has come back was sent until it came.
    took: Duration,
    /// When the oldest beat was sent of those that followed and are not back.
    awaited: Option<Instant>,
    /// Other processes, and how long the quietest was not heard.
    others: (u64, Duration),
}

impl Reception {
    pub(super) fn sent(&self, at: Instant) {
        self.0.lock().awaited.get_or_insert(at);
    }

    /// `awaited` is when the next one was sent, if there is one under way.
    pub(super) fn came_back(&self, sent: Instant, awaited: Option<Instant>) {
        let mut heard = self.0.lock();
        (heard.took, heard.awaited) = (time::now() - sent, awaited);
    }

    pub(super) fn others(&self, processes: u64, longest_silence: Duration) {
        self.0.lock().others = (processes, longest_silence);
    }

    pub(in crate::guard) fn state(&self) -> Backplane {
        let heard = self.0.lock();
        // Also while the channel is broken: nothing is heard before one comes back.
        let waits = heard.awaited.map_or(Duration::ZERO, |sent| time::now() - sent);
        let (processes, silence) = heard.others;
        Backplane::new(heard.took.max(waits)).others(processes, silence)
    }
}
