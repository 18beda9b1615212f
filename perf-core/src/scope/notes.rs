use super::TraceId;
use crate::alloc::Allocations;
use crate::sync::{AtomicU64, Ordering};
use crate::time::Duration;

/// What the owner of a scope saw of it.
///
/// In the memory that the scope shares, though only the owner writes and reads: the owner itself
/// moves from the service to the future to the body, and each move would copy them.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Until the head of the answer was there, and one more.
    head_nanos: Note,
    /// In the code.
    pub(super) cpu_nanos: Note,
    /// Between being woken and being polled.
    pub(super) scheduler_nanos: Note,
    /// The end of the last poll, since the opening.
    pub(super) paused_nanos: Note,
    /// Of the answer; 0 where there was none.
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

impl Notes {
    #[inline]
    pub(super) fn has_head(&self) -> bool {
        self.head_nanos.get() > 0
    }

    #[inline]
    pub(super) fn mark_head(&self, after_nanos: u64) {
        self.head_nanos.set(after_nanos.saturating_add(1));
    }

    #[inline]
    pub(super) fn mark_stream(&self) {
        self.is_stream.set(1);
    }

    pub(super) fn set_trace(&self, trace: TraceId) {
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

    /// Until the head of the answer was there.
    pub(crate) fn head(&self) -> Option<Duration> {
        self.head_nanos.get().checked_sub(1).map(Duration::from_nanos)
    }

    /// The status of the answer; 0 where there was none.
    #[inline]
    pub(crate) fn status(&self) -> u16 {
        self.status.get() as u16
    }

    #[inline]
    pub(crate) fn request_bytes(&self) -> u64 {
        self.request_bytes.get()
    }

    #[inline]
    pub(crate) fn response_bytes(&self) -> u64 {
        self.response_bytes.get()
    }

    #[inline]
    pub(crate) fn is_stream(&self) -> bool {
        self.is_stream.get() > 0
    }

    #[inline]
    pub(crate) fn trace(&self) -> Option<TraceId> {
        TraceId::from_halves(self.trace.each_ref().map(Note::get))
    }

    #[inline]
    pub(crate) fn allocations(&self) -> Allocations {
        Allocations { count: self.allocations.get(), bytes: self.allocated_bytes.get() }
    }
}
