use super::Bucket;

/// The bounds of [`Latency::cumulative`](super::Latency::cumulative), in microseconds: those that
/// OpenTelemetry advises for HTTP durations, and the one more that it advises for databases.
pub const LATENCY_BOUNDS_MICROS: [u64; 15] = [
    1_000, 5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000, 1_000_000,
    2_500_000, 5_000_000, 7_500_000, 10_000_000,
];

/// The bounds of the sizes of bodies, in bytes: powers of four from 256 B to 16 MiB.
pub const SIZE_BOUNDS_BYTES: [u64; 9] =
    [256, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24];

/// What a [`Histogram`](super::Histogram) holds at fixed bounds, as scrapers read it: none of these numbers ever
/// goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cumulative<const N: usize> {
    /// How many values were at most as large as each bound.
    pub at_most: [u64; N],
    /// How many values there were.
    pub count: u64,
    /// Their sum, in the unit of the bounds.
    pub sum: u64,
}

impl<const N: usize> Cumulative<N> {
    /// By the buckets of one pass, so that they and the count agree.
    pub(crate) fn of(buckets: &[Bucket], sum: u64, bounds: &[u64; N]) -> Self {
        let mut cumulative = Self { sum, ..Self::default() };
        for bucket in buckets {
            let first = bounds.partition_point(|&bound| bound < bucket.lowest);
            if let Some(count) = cumulative.at_most.get_mut(first) {
                *count += bucket.count;
            }
            cumulative.count += bucket.count;
        }
        let mut below = 0;
        for count in &mut cumulative.at_most {
            below += *count;
            *count = below;
        }
        cumulative
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (sum, count) in self.at_most.iter_mut().zip(other.at_most) {
            *sum += count;
        }
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self
    }
}

impl<const N: usize> Default for Cumulative<N> {
    fn default() -> Self {
        Self { at_most: [0; N], count: 0, sum: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Histogram;
    use crate::time::Duration;

    #[test]
    fn each_bound_counts_what_is_at_most_as_large_and_the_count_is_of_all() {
        let histogram = Histogram::new();
        for millis in [1, 5, 7, 10, 20_000] {
            histogram.record(Duration::from_millis(millis));
        }
        let cumulative = histogram.summary().cumulative;
        assert_eq!(cumulative.at_most[..4], [1, 2, 4, 4]);
        assert_eq!((cumulative.at_most[14], cumulative.count), (4, 5));
        assert_eq!(cumulative.sum, 20_023_000);
        assert_eq!(cumulative.and(&cumulative).at_most[..4], [2, 4, 8, 8]);
    }

    #[test]
    fn two_reads_while_others_write_never_go_down() {
        let histogram = Histogram::new();
        std::thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    (0..50_000).for_each(|n| histogram.record(Duration::from_micros(n * 37)))
                });
            }
            let mut last = Cumulative::default();
            for _ in 0..200 {
                let next = histogram.summary().cumulative;
                assert!(next.at_most.iter().zip(last.at_most).all(|(next, last)| *next >= last));
                assert!(next.at_most.is_sorted() && next.at_most[14] <= next.count);
                assert!(next.count >= last.count && next.sum >= last.sum);
                last = next;
            }
        });
    }
}
