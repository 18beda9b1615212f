//! Threads that allocate, panic and unwind while profiles start and stop: nothing crashes, nothing
//! stays taken. Some seconds; a minute, 200 starts and stops where `PERF_SOAK` is set.

mod profile_support;

use std::hint::black_box;
use std::panic::{catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use perf_tower::Authorize;
use perf_tower::profile::Profiler;
use profile_support::exclusively;

static STOP: AtomicBool = AtomicBool::new(false);
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Unwinds through this many frames.
#[inline(never)]
fn deep(depth: u32) -> Vec<String> {
    let text = vec![format!("{depth}"); 3];
    if depth == 0 {
        panic_any(PANICS.fetch_add(1, Ordering::Relaxed));
    }
    let mut below = deep(depth - 1);
    below.extend(text);
    below
}

fn allocate_panic_and_unwind() {
    while !STOP.load(Ordering::Relaxed) {
        for size in [10, 1_000, 200_000] {
            black_box(vec![1_u8; size]);
        }
        // Takes the lock of the unwinder's tables, as a sampler in its handler might.
        drop(black_box(std::backtrace::Backtrace::force_capture()));
        for depth in [3, 200] {
            assert!(catch_unwind(|| deep(depth)).is_err());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_and_stops_under_threads_that_allocate_panic_and_unwind_leave_all_as_it_was() {
    let _one = exclusively().await;
    std::panic::set_hook(Box::new(|_| {}));
    let is_long = std::env::var_os("PERF_SOAK").is_some();
    let (long, starts) = if is_long { (60, 200) } else { (2, 20) };
    let threads: Vec<_> = (0..8).map(|_| thread::spawn(allocate_panic_and_unwind)).collect();
    let profiler = Profiler::new(Authorize::by(|_| true)).pause(Duration::ZERO);

    let profile = profiler.record(Duration::from_secs(long), 250).await.expect("a profile");
    assert!(profile.samples() > long * 20, "{profile:?}");
    assert!(profile.collapsed().contains("profile_soak::deep"), "{}", profile.top_text());
    let (mut finished, mut given_up) = (0, 0);
    for start in 0..starts {
        let recording = profiler.record(Duration::from_millis(50), 250);
        match start % 2 {
            0 => finished += u32::from(recording.await.is_ok()),
            _ => {
                let soon = Duration::from_millis(start % 40);
                given_up += u32::from(tokio::time::timeout(soon, recording).await.is_err());
                let since = Instant::now();
                while profiler.status().is_some() {
                    assert!(since.elapsed() < Duration::from_secs(10), "the slot is free again");
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    }
    STOP.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("only panics that were caught");
    }
    assert_eq!(u64::from(finished), starts / 2);
    assert!(given_up > 0 && PANICS.load(Ordering::Relaxed) > 100);
}
