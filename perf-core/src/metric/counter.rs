use super::stripe::{self, STRIPES};
use crate::sync::{AtomicU64, Ordering};

/// A number that only grows.
///
/// # Cost
/// One uncontended atomic add on a cache line of the thread's own.
#[derive(Debug, Default)]
pub struct Counter {
    stripes: [Line; STRIPES],
}

/// Alone on its cache line, and on the pair that the prefetcher fetches together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line(AtomicU64);

impl Counter {
    /// A counter at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.stripes[stripe::current()].0.fetch_add(n, Ordering::Relaxed);
    }

    /// The sum of everything added; adds that run meanwhile may or may not be in it.
    pub fn value(&self) -> u64 {
        self.stripes.iter().map(|stripe| stripe.0.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

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
