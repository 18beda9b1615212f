#![expect(unsafe_code, reason = "an allocator cannot be written without it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt;

use super::Allocations;

thread_local! {
    static COUNTS: Cell<Allocations> = const { Cell::new(Allocations { count: 0, bytes: 0 }) };
}

/// Counts, and leaves the work to another allocator: the system's, or any.
///
/// # Cost
/// Two adds to a thread-local for each allocation.
pub struct Counting<A = System> {
    inner: A,
}

impl Counting {
    /// Counts in front of the system's allocator.
    pub const fn system() -> Self {
        Self::new(System)
    }
}

impl<A> Counting<A> {
    /// Counts in front of this allocator.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

pub(super) fn so_far() -> Allocations {
    COUNTS.try_with(Cell::get).unwrap_or_default()
}

fn count(bytes: usize) {
    // The constant initializer and the missing destructor let it work at the edges of a thread's
    // life, and without an allocation of its own.
    _ = COUNTS.try_with(|counts| {
        let Allocations { count, bytes: before } = counts.get();
        let bytes = before.wrapping_add(bytes as u64);
        counts.set(Allocations { count: count.wrapping_add(1), bytes });
    });
}

// SAFETY: every call is handed on unchanged, and counting neither allocates nor unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { self.inner.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc_zeroed`.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size.saturating_sub(layout.size()));
        // SAFETY: the pointer came from `inner` with this layout, since all calls are handed on,
        // and the caller keeps the rest of the contract of `GlobalAlloc::realloc`.
        unsafe { self.inner.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `inner` with this layout, since all calls are handed on.
        unsafe { self.inner.dealloc(pointer, layout) }
    }
}

impl<A> fmt::Debug for Counting<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counting").finish_non_exhaustive()
    }
}
