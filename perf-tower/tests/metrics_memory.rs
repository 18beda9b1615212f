//! Nothing grows while nobody scrapes.

#![expect(unsafe_code, reason = "a counting allocator cannot be written without it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder, TraceId};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MILLION: u64 = 1_000_000;

/// Scopes that are kept whole come and go, and a history has at most 120 points for each route.
const SLACK: usize = 64 << 10;

#[test]
fn a_million_requests_that_nobody_asks_about_leave_the_memory_flat() {
    let recorder = Recorder::builder().build();
    let request = |n: u64| {
        let mut scope = recorder.scope(Label::request("GET", "/orders/{id}"));
        scope.trace(TraceId::from_bytes((u128::from(n) + 1).to_be_bytes()).expect("not zero"));
        scope.enter(|| {
            let statement = Fingerprint::of_static("select name from orders where id = $1");
            QueryEvent::new(statement, CallSite::here(), Duration::from_micros(n % 20_000))
                .record();
        });
        scope.status(200);
        scope.request_bytes(n);
        scope.add_response_bytes(n);
        scope.close(Outcome::Ok);
    };
    // Sizes and durations spread over all that the million will have.
    (0..MILLION).step_by(100).for_each(request);
    let before = HELD.load(Ordering::Relaxed);
    (0..MILLION).for_each(request);
    let after = HELD.load(Ordering::Relaxed);
    assert!(after <= before + SLACK, "{before} bytes became {after}");
    assert_eq!(recorder.snapshot().routes[0].requests, MILLION + MILLION / 100);
}
