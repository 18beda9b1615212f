//! The hot paths allocate no more than their docs say.

#![expect(unsafe_code, reason = "a counting allocator cannot be written without it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use perf_core::metric::Histogram;
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallSite, Fingerprint, Label, Name, Outcome, QueryEvent,
    Recorder,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(body: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    body();
    ALLOCATIONS.get() - before
}

fn query() {
    let fingerprint = Fingerprint::of_static("select name from users where id = $1");
    QueryEvent::new(fingerprint, CallSite::here(), Duration::from_micros(100)).rows(1).record();
}

#[test]
fn a_query_event_of_a_known_statement_allocates_nothing() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(|| {
        query();
        assert_eq!(allocations(|| (0..1_000).for_each(|_| query())), 0);
    });
    scope.close(Outcome::Ok);
    query();
    assert_eq!(allocations(|| (0..1_000).for_each(|_| query())), 0, "outside every scope");
}

#[test]
fn a_scope_of_a_known_route_allocates_once() {
    let recorder = Recorder::builder().build();
    let request = || {
        let mut scope = recorder.scope(Label::request("GET", "/orders/{id}"));
        scope.mark_head();
        scope.close(Outcome::Ok);
    };
    (0..1_000).for_each(|_| request());
    assert_eq!(allocations(request), 1);
}

#[test]
fn a_histogram_and_a_cache_event_allocate_nothing_once_warm() {
    let histogram = Histogram::new();
    let name = Name::new("products");
    let event = || CacheEvent::new(&name, CacheTier::Local, CacheOutcome::Hit).record();
    histogram.record(Duration::from_millis(5));
    event();
    let warm = || {
        histogram.record(Duration::from_millis(5));
        event();
    };
    assert_eq!(allocations(warm), 0);
}
