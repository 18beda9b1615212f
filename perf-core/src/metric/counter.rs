use crate::sync::{AtomicU64, Ordering};

use super::stripe::{self, STRIPES};

/// A number that only grows.
///
/// # Cost
/// One uncontended atomic add on a cache line of the thread's own.
#[derive(Debug, Default)]
pub struct Counter {
    sum: Striped,
}

impl Counter {
    /// A counter at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.sum.add(n);
    }

    /// The sum of everything added; adds that run meanwhile may or may not be in it.
    pub fn value(&self) -> u64 {
        self.sum.value()
    }
}

/// A number that rises and falls: requests in flight, connections in use.
#[derive(Debug, Default)]
pub struct Gauge {
    sum: Striped,
}

impl Gauge {
    /// A gauge at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn up(&self) {
        self.sum.add(1);
    }

    /// One less; may run on another thread than its [`up`](Self::up).
    pub fn down(&self) {
        self.sum.add(u64::MAX);
    }

    /// What is up now.
    pub fn value(&self) -> i64 {
        self.sum.value().cast_signed()
    }
}

#[derive(Debug, Default)]
struct Striped {
    stripes: [Line; STRIPES],
}

/// Alone on its cache line, and on the pair that the prefetcher fetches together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line(AtomicU64);

impl Striped {
    fn add(&self, n: u64) {
        self.stripes[stripe::current()].0.fetch_add(n, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.stripes
            .iter()
            .fold(0, |sum, stripe| stripe.0.load(Ordering::Relaxed).wrapping_add(sum))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_goes_up_on_one_thread_and_down_on_another_is_zero() {
        let gauge = Gauge::new();
        gauge.up();
        thread::scope(|threads| threads.spawn(|| gauge.down()).join().expect("no panic"));
        assert_eq!(gauge.value(), 0);
    }

    #[test]
    fn adds_of_many_threads_all_count() {
        let counter = Counter::new();
        thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| (0..10_000).for_each(|_| counter.add(1)));
            }
        });
        assert_eq!(counter.value(), 80_000);
    }
}
