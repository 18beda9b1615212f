use perf_core::sync::{Arc, AtomicUsize, Ordering};
use tokio::task::AbortHandle;

/// A task that leads one flight or many. It is stopped when nobody waits for any of them.
#[derive(Clone)]
pub(crate) struct Task {
    handle: AbortHandle,
    /// Flights that are in the air and were not deserted.
    wanted: Arc<AtomicUsize>,
}

impl Task {
    pub(crate) fn leading(handle: AbortHandle, flights: usize) -> Self {
        Self { handle, wanted: Arc::new(AtomicUsize::new(flights)) }
    }

    /// Whether anybody waits for what has not landed yet.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    /// One of the flights has landed.
    pub(super) fn has_landed(&self) {
        self.wanted.fetch_sub(1, Ordering::Relaxed);
    }

    /// Nobody waits for one of the flights any more. Stopping may run destructors of the load at
    /// once, and those take the locks of keys: none may be held here.
    pub(super) fn was_deserted(&self) {
        if self.wanted.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.handle.abort();
        }
    }
}
