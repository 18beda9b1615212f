//! One closure on several threads at once.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// The longest time that one of `threads` threads took for `repetitions` calls.
pub(crate) fn on_threads(threads: usize, repetitions: u64, body: impl Fn(u64) + Sync) -> Duration {
    on_each_of(threads, || {
        || {
            let started = Instant::now();
            (0..repetitions).for_each(&body);
            started.elapsed()
        }
    })
}

/// The longest time that one of `threads` threads took, each for what it prepared.
pub(crate) fn on_each_of<F: FnOnce() -> Duration>(
    threads: usize,
    prepare: impl Fn() -> F + Sync,
) -> Duration {
    let start = Barrier::new(threads);
    let run = || {
        let body = prepare();
        start.wait();
        body()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let own = run();
        let others = others.into_iter().map(|thread| thread.join().expect("a bench never panics"));
        others.fold(own, Duration::max)
    })
}
