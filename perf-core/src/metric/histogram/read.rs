//! What is read out of a histogram while others write to it.

use super::cells::Cells;
use super::layout::{self, COLUMNS, ROWS};
use super::{Histogram, Latency, Sizes};
use crate::metric::slot::Slot;
use crate::sync::{AtomicU16, Ordering};
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
        let mut count = 0;
        self.each_bucket(|bucket| count += bucket.count);
        count
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
        Latency::of(&self.to_buckets(), self.total())
    }

    /// Count, sum, largest and the usual quantiles of the bytes recorded so far.
    pub fn sizes(&self) -> Sizes {
        Sizes::of(&self.to_buckets(), self.sum())
    }

    /// How many values were at most as large as each bound, for example as the `le` buckets of
    /// Prometheus; in microseconds where durations were recorded. The bounds ascend.
    ///
    /// A bound counts as the [`highest`](Bucket::highest) value of its bucket: every value up to the
    /// bound is in, and those that are less than 1 % larger may be.
    pub fn at_most(&self, bounds: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len()];
        let mut first = 0;
        self.each_bucket(|bucket| {
            while bounds.get(first).is_some_and(|bound| *bound < bucket.lowest) {
                first += 1;
            }
            if let Some(count) = counts.get_mut(first) {
                *count += bucket.count;
            }
        });
        let mut below = 0;
        for count in &mut counts {
            below += *count;
            *count = below;
        }
        counts
    }

    /// The buckets in which there is something, from low to high.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + use<> {
        self.to_buckets().into_iter()
    }

    /// Everything recorded so far as a histogram of the crate hdrhistogram, to add up with others, to
    /// send elsewhere or to ask for more: 1 to 3.6 billion at two significant digits.
    pub fn to_hdr(&self) -> hdrhistogram::Histogram<u64> {
        let mut hdr = hdrhistogram::Histogram::new_with_bounds(1, layout::HIGHEST, 2)
            .expect("the bounds are constants that hdrhistogram accepts");
        self.each_bucket(|bucket| hdr.saturating_record_n(bucket.lowest, bucket.count));
        hdr
    }

    fn to_buckets(&self) -> Vec<Bucket> {
        let mut buckets = Vec::new();
        self.each_bucket(|bucket| buckets.push(bucket));
        buckets
    }

    fn each_bucket(&self, mut visit: impl FnMut(Bucket)) {
        let seated: Vec<&Cells<AtomicU16>> = self.seated.iter().filter_map(Slot::get).collect();
        for row in 0..ROWS {
            let Some(counts) = self.row(row, &seated) else { continue };
            for (column, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                let (lowest, highest) = (layout::lowest(row, column), layout::highest(row, column));
                visit(Bucket { lowest, highest, count });
            }
        }
    }

    /// The counts of a row; `None` where no thread has it.
    fn row(&self, row: usize, seated: &[&Cells<AtomicU16>]) -> Option<[u64; COLUMNS]> {
        let seated = || seated.iter().filter_map(|cells| cells.row(row));
        let shared = || self.shared.get().and_then(|cells| cells.row(row));
        if shared().is_none() && seated().next().is_none() {
            return None;
        }
        let mut counts = [0; COLUMNS];
        let _moving = self.moving.lock();
        for cells in seated() {
            for (count, cell) in counts.iter_mut().zip(cells) {
                *count += u64::from(cell.load(Ordering::Relaxed));
            }
        }
        // Asked for again, under the lock: a count may just have moved into a row that is new.
        for (count, cell) in counts.iter_mut().zip(shared().into_iter().flatten()) {
            *count += cell.load(Ordering::Relaxed);
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
