use super::TraceId;
use crate::alloc::Allocations;
use crate::sync::{AtomicU64, Ordering};
use crate::time::Duration;

/// What the owner of a scope saw of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    /// Until the head of the answer was there.
    pub(crate) head: Option<Duration>,
    /// In the code.
    pub(crate) cpu: Duration,
    /// Between being woken and being polled.
    pub(crate) scheduler: Duration,
    /// The status of the answer; 0 where there was none.
    pub(crate) status: u16,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    pub(crate) is_stream: bool,
    pub(crate) trace: Option<TraceId>,
    pub(crate) allocations: Allocations,
}

/// Where the owner of a scope writes its [`Notes`].
///
/// In the memory that the scope shares, though only the owner writes and reads: the owner itself
/// moves from the service to the future to the body, and each move would copy them.
#[derive(Debug, Default)]
pub(super) struct NotePad {
    /// One more than the nanoseconds until then.
    head: Note,
    pub(super) cpu_nanos: Note,
    pub(super) scheduler_nanos: Note,
    pub(super) status: Note,
    pub(super) request_bytes: Note,
    pub(super) response_bytes: Note,
    is_stream: Note,
    trace: [Note; 2],
    allocations: Note,
    allocated_bytes: Note,
}

/// A number with one writer, 0 at first; plain loads and stores are enough.
#[derive(Debug, Default)]
pub(super) struct Note(AtomicU64);

impl Note {
    #[inline]
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn add(&self, n: u64) {
        self.set(self.get().saturating_add(n));
    }
}

impl NotePad {
    #[inline]
    pub(super) fn has_head(&self) -> bool {
        self.head.get() > 0
    }

    #[inline]
    pub(super) fn mark_head(&self, after_nanos: u64) {
        self.head.set(after_nanos.saturating_add(1));
    }

    pub(super) fn mark_stream(&self) {
        self.is_stream.set(1);
    }

    pub(super) fn trace(&self, trace: TraceId) {
        for (note, half) in self.trace.iter().zip(trace.halves()) {
            note.set(half);
        }
    }

    #[inline]
    pub(super) fn add_allocations(&self, more: Allocations) {
        // Mostly nobody counts them.
        if !more.is_zero() {
            self.allocations.add(more.count);
            self.allocated_bytes.add(more.bytes);
        }
    }

    #[inline]
    pub(super) fn read(&self) -> Notes {
        let [high, low] = &self.trace;
        Notes {
            head: self.head.get().checked_sub(1).map(Duration::from_nanos),
            cpu: Duration::from_nanos(self.cpu_nanos.get()),
            scheduler: Duration::from_nanos(self.scheduler_nanos.get()),
            status: self.status.get() as u16,
            request_bytes: self.request_bytes.get(),
            response_bytes: self.response_bytes.get(),
            is_stream: self.is_stream.get() > 0,
            trace: TraceId::from_halves([high.get(), low.get()]),
            allocations: Allocations {
                count: self.allocations.get(),
                bytes: self.allocated_bytes.get(),
            },
        }
    }
}
