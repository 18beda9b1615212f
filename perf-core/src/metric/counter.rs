use super::slot::Slot;
use super::stripe::{self, STRIPES, Stripe};
use crate::sync::{AtomicU64, Ordering};

/// A number that only grows.
///
/// # Cost
/// A nanosecond or two on a cache line of the thread's own; a locked add in threads beyond two for
/// each core. As for [`Counters`], a first line of memory for each thread that adds.
#[derive(Debug, Default)]
pub struct Counter(Counters<1>);

impl Counter {
    /// A counter at zero.
    pub const fn new() -> Self {
        Self(Counters::new())
    }

    /// Adds `n`.
    #[inline]
    pub fn add(&self, n: u64) {
        self.0.add(0, n);
    }

    /// Adds one, and says how much this thread had added before; threads without a line of their own
    /// count as one. For who looks more closely at one in so many, without another counter.
    #[inline]
    pub fn count(&self) -> u64 {
        let here = self.0.here();
        here.stripe.add(&here.line.0[0], 1)
    }

    /// The sum of everything added; adds that run meanwhile may or may not be in it.
    pub fn value(&self) -> u64 {
        self.0.value(0)
    }
}

/// `N` numbers of one owner that only grow, side by side, so that a thread that adds to several of
/// them touches one cache line or two.
///
/// ```
/// use perf_core::metric::Counters;
///
/// const HITS: usize = 0;
/// const MISSES: usize = 1;
/// let lookups = Counters::<2>::new();
/// lookups.add(HITS, 3);
/// lookups.add(MISSES, 1);
/// assert_eq!(lookups.values(), [3, 1]);
/// ```
///
/// # Cost
/// As a [`Counter`]. An empty group takes half a KiB, each thread that adds 128 bytes for every 16
/// numbers.
#[derive(Debug)]
pub struct Counters<const N: usize> {
    stripes: [Slot<Line<N>>; STRIPES],
}

/// Alone on its cache line, and on the pair that the prefetcher fetches together.
#[derive(Debug)]
#[repr(align(128))]
struct Line<const N: usize>([AtomicU64; N]);

impl<const N: usize> Default for Line<N> {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; N])
    }
}

impl<const N: usize> Counters<N> {
    /// Counters at zero.
    pub const fn new() -> Self {
        Self { stripes: [const { Slot::empty() }; STRIPES] }
    }

    /// Adds `n` to the counter at `index`.
    ///
    /// # Panics
    /// When `index` is not below `N`.
    #[inline]
    pub fn add(&self, index: usize, n: u64) {
        self.here().add(index, n);
    }

    /// The numbers of the current thread, for several adds at once.
    #[inline]
    pub(crate) fn here(&self) -> CountersHere<'_, N> {
        let stripe = stripe::current();
        CountersHere { stripe, line: self.stripes[stripe.number()].filled() }
    }

    /// The sum of everything added at `index`; adds that run meanwhile may or may not be in it.
    ///
    /// # Panics
    /// When `index` is not below `N`.
    pub fn value(&self, index: usize) -> u64 {
        let lines = self.stripes.iter().filter_map(Slot::get);
        lines.map(|line| line.0[index].load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }

    /// All [`value`](Self::value)s.
    pub fn values(&self) -> [u64; N] {
        std::array::from_fn(|index| self.value(index))
    }
}

/// The stripe of one thread in [`Counters`].
pub(crate) struct CountersHere<'a, const N: usize> {
    stripe: Stripe,
    line: &'a Line<N>,
}

impl<const N: usize> CountersHere<'_, N> {
    #[inline]
    pub(crate) fn add(&self, index: usize, n: u64) {
        self.stripe.add(&self.line.0[index], n);
    }
}

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn who_counts_by_ones_is_told_how_much_the_thread_had_added_before() {
        let counter = Counter::new();
        assert_eq!([(); 3].map(|()| counter.count()), [0, 1, 2]);
        counter.add(10);
        assert_eq!((counter.count(), counter.value()), (13, 14));
    }

    #[test]
    fn adds_of_more_threads_than_stripes_all_count() {
        let (counter, group) = (Counter::new(), Counters::<3>::new());
        let all_alive = Barrier::new(3 * STRIPES);
        thread::scope(|threads| {
            for _ in 0..3 * STRIPES {
                threads.spawn(|| {
                    counter.add(0);
                    all_alive.wait();
                    for n in 0..3_000 {
                        counter.add(1);
                        group.add(n % 3, 2);
                    }
                });
            }
        });
        let threads = 3 * STRIPES as u64;
        assert_eq!(counter.value(), threads * 3_000);
        assert_eq!(group.values(), [threads * 2_000; 3]);
    }

    #[test]
    fn adds_of_threads_that_follow_each_other_on_one_seat_all_count() {
        let counter = Counter::new();
        thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for _ in 0..500 {
                        thread::scope(|threads| threads.spawn(|| counter.add(1)).join())
                            .expect("no panic");
                    }
                });
            }
        });
        assert_eq!(counter.value(), 2_000);
    }

    #[test]
    fn a_thousand_groups_of_ten_that_eight_threads_write_stay_below_two_megabytes() {
        let group = size_of::<Counters<10>>() + 8 * size_of::<Line<10>>();
        assert!(1_000 * group < 2_000_000, "{group}");
    }
}
