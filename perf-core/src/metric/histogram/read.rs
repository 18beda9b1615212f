//! What is read out of a histogram while others write to it.

use super::layout::{self, COLUMNS, ROWS};
use super::{Histogram, Latency, Sizes};
use crate::metric::slot::Slot;
use crate::sync::Ordering;
use crate::time::Duration;

/// Some of what a [`Histogram`] holds: values that it does not tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bucket {
    /// The smallest value that counts here; microseconds where durations were recorded.
    pub lowest: u64,
    /// The largest one, at most 1 % above the smallest.
    pub highest: u64,
    /// How many were recorded.
    pub count: u64,
}

impl Histogram {
    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.buckets().map(|bucket| bucket.count).sum()
    }

    /// The exact sum of all values; whole microseconds where durations were recorded.
    pub fn sum(&self) -> u64 {
        let (values, nanos) = self.sums();
        values.saturating_add(nanos / 1_000)
    }

    /// The exact sum of all durations.
    pub fn total(&self) -> Duration {
        let (values, nanos) = self.sums();
        Duration::from_micros(values).saturating_add(Duration::from_nanos(nanos))
    }

    /// Count, extremes, mean and the usual quantiles of the durations recorded so far.
    pub fn summary(&self) -> Latency {
        let buckets: Vec<Bucket> = self.buckets().collect();
        Latency::of(&buckets, self.total())
    }

    /// Count, sum, largest and the usual quantiles of the bytes recorded so far.
    pub fn sizes(&self) -> Sizes {
        let buckets: Vec<Bucket> = self.buckets().collect();
        Sizes::of(&buckets, self.sum())
    }

    /// How many values were at most as large as each bound, for example as the `le` buckets of
    /// Prometheus; in microseconds where durations were recorded. The bounds ascend.
    ///
    /// A bound counts as the [`highest`](Bucket::highest) value of its bucket: every value up to the
    /// bound is in, and those that are less than 1 % larger may be.
    pub fn at_most(&self, bounds: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len()];
        for bucket in self.buckets() {
            let first = bounds.partition_point(|bound| *bound < bucket.lowest);
            if let Some(count) = counts.get_mut(first) {
                *count += bucket.count;
            }
        }
        let mut below = 0;
        for count in &mut counts {
            below += *count;
            *count = below;
        }
        counts
    }

    /// The buckets in which there is something, from low to high.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        (0..ROWS).filter_map(|row| Some((row, self.row(row)?))).flat_map(|(row, counts)| {
            counts.into_iter().enumerate().filter(|(_, count)| *count > 0).map(
                move |(column, count)| Bucket {
                    lowest: layout::lowest(row, column),
                    highest: layout::highest(row, column),
                    count,
                },
            )
        })
    }

    /// The counts of a row; `None` where no thread has it.
    fn row(&self, row: usize) -> Option<[u64; COLUMNS]> {
        let seated = || self.seated.iter().filter_map(|cells| cells.get()?.row(row));
        let shared = || self.shared.get().and_then(|cells| cells.row(row));
        if shared().is_none() && seated().next().is_none() {
            return None;
        }
        let mut counts = [0; COLUMNS];
        let _moving = self.moving.lock();
        if let Some(cells) = shared() {
            counts = cells.each_ref().map(|cell| cell.load(Ordering::Relaxed));
        }
        for cells in seated() {
            for (count, cell) in counts.iter_mut().zip(cells) {
                *count += u64::from(cell.load(Ordering::Relaxed));
            }
        }
        Some(counts)
    }

    /// The sum of the values, and of what durations have below a second in nanoseconds.
    fn sums(&self) -> (u64, u64) {
        let seated = self.seated.iter().filter_map(Slot::get).map(|cells| &cells.sum);
        let shared = self.shared.get().map(|cells| &cells.sum);
        seated.chain(shared).fold((0, 0), |(values, nanos): (u64, u64), sum| {
            let [more, rest] = [&sum.values, &sum.nanos].map(|sum| sum.load(Ordering::Relaxed));
            (values.saturating_add(more), nanos.saturating_add(rest))
        })
    }
}
