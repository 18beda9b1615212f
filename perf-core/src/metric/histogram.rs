use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::buckets::{self, COLUMNS, HIGHEST_MICROS, LOWEST_MICROS, ROWS};
use super::cumulative::{Cumulative, LATENCY_BOUNDS_MICROS};
use super::stripe::{self, STRIPES};
use crate::sync::{AtomicU32, Mutex, OnceLock, Ordering};
use crate::time::Duration;
use crate::units::serialize_millis;

/// Durations from 1 µs to 1 h at two significant digits, written by many threads at once.
///
/// Shorter and longer durations count as the nearest end. Memory grows with the spread of the
/// durations, one row of 512 bytes for each doubling and stripe: a few KiB usually, below 64 KiB
/// always.
///
/// # Cost
/// One atomic add; no lock, and no allocation once a row exists (bench `histogram_record`).
#[derive(Default)]
pub struct Histogram {
    pub(super) stripes: [[OnceLock<Box<Row>>; ROWS]; STRIPES],
    pub(super) wraps: Mutex<BTreeMap<(usize, usize), u64>>,
}

type Row = [AtomicU32; COLUMNS];

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one duration.
    #[inline]
    pub fn record(&self, duration: Duration) {
        let (row, column) = buckets::position(buckets::micros(duration));
        let cells = self.stripes[stripe::current()][row]
            .get_or_init(|| Box::new([const { AtomicU32::new(0) }; COLUMNS]));
        if cells[column].fetch_add(1, Ordering::Relaxed) == u32::MAX {
            *self.wraps.lock().entry((row, column)).or_default() += 1;
        }
    }

    /// Everything recorded so far, in microseconds.
    pub(crate) fn merged(&self) -> hdrhistogram::Histogram<u64> {
        let mut merged = hdrhistogram::Histogram::new_with_bounds(LOWEST_MICROS, HIGHEST_MICROS, 2)
            .expect("the bounds are constants that hdrhistogram accepts");
        let wraps = self.wraps.lock();
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let wrapped = wraps.get(&(row, column)).map_or(0, |wraps| wraps << u32::BITS);
                let count = wrapped + self.count_at(row, column);
                if count > 0 {
                    merged.saturating_record_n(buckets::lowest(row, column), count);
                }
            }
        }
        merged
    }

    /// Count, extremes, mean and the usual quantiles of everything recorded so far.
    pub fn summary(&self) -> Latency {
        let merged = self.merged();
        if merged.is_empty() {
            return Latency::default();
        }
        let quantile = |q| Duration::from_micros(merged.value_at_quantile(q));
        Latency {
            count: merged.len(),
            min: Duration::from_micros(merged.min()),
            mean: Duration::from_secs_f64(merged.mean() / 1e6),
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: Duration::from_micros(merged.max().min(HIGHEST_MICROS)),
            cumulative: Cumulative::of(self, &LATENCY_BOUNDS_MICROS),
        }
    }

    fn count_at(&self, row: usize, column: usize) -> u64 {
        self.stripes
            .iter()
            .filter_map(|stripe| stripe[row].get())
            .map(|cells| u64::from(cells[column].load(Ordering::Relaxed)))
            .sum()
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Histogram").field(&self.summary()).finish()
    }
}

/// What a [`Histogram`] says in one line; each value is exact to 1 %, and to half a microsecond
/// below 50 µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// How many durations were recorded.
    pub count: u64,
    /// The shortest.
    #[serde(rename = "min_ms", serialize_with = "serialize_millis")]
    pub min: Duration,
    /// The arithmetic mean.
    #[serde(rename = "mean_ms", serialize_with = "serialize_millis")]
    pub mean: Duration,
    /// The median.
    #[serde(rename = "p50_ms", serialize_with = "serialize_millis")]
    pub p50: Duration,
    /// 95 % took at most this long.
    #[serde(rename = "p95_ms", serialize_with = "serialize_millis")]
    pub p95: Duration,
    /// 99 % took at most this long.
    #[serde(rename = "p99_ms", serialize_with = "serialize_millis")]
    pub p99: Duration,
    /// The longest.
    #[serde(rename = "max_ms", serialize_with = "serialize_millis")]
    pub max: Duration,
    /// The counts at [`LATENCY_BOUNDS_MICROS`], and the sum in microseconds.
    #[serde(skip)]
    pub cumulative: Cumulative<15>,
}

impl Latency {
    /// The sum of all durations, from count and mean.
    pub fn total(&self) -> Duration {
        let seconds = self.mean.as_secs_f64() * self.count as f64;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn an_empty_histogram_says_zero() {
        assert_eq!(Histogram::new().summary(), Latency::default());
    }

    #[test]
    fn durations_of_eight_threads_merge_into_what_hdrhistogram_would_hold() {
        let ours = Histogram::new();
        let mut theirs = hdrhistogram::Histogram::<u64>::new_with_bounds(1, HIGHEST_MICROS, 2)
            .expect("valid bounds");
        let micros = |i: u64| 1 + i * i % 5_000_000;
        (0..8_000).for_each(|i| theirs.record(micros(i)).expect("in range"));
        thread::scope(|threads| {
            for part in 0..8 {
                let ours = &ours;
                threads.spawn(move || {
                    for i in part * 1_000..(part + 1) * 1_000 {
                        ours.record(Duration::from_micros(micros(i)));
                    }
                });
            }
        });
        let ours = ours.merged();
        for quantile in [0.0, 0.1, 0.5, 0.9, 0.99, 1.0] {
            assert_eq!(ours.value_at_quantile(quantile), theirs.value_at_quantile(quantile));
        }
        assert_eq!(ours.len(), 8_000);
    }

    #[test]
    fn a_cell_that_wraps_keeps_its_count() {
        let histogram = Histogram::new();
        histogram.record(Duration::from_micros(50));
        for stripe in &histogram.stripes {
            if let Some(row) = stripe[0].get() {
                row[50].store(u32::MAX, Ordering::Relaxed);
            }
        }
        histogram.record(Duration::from_micros(50));
        assert_eq!(histogram.merged().len(), 1 << 32);
    }

    #[test]
    fn the_fullest_histogram_stays_below_64_kib() {
        let rows = STRIPES * ROWS * size_of::<Row>();
        assert!(rows + size_of::<Histogram>() <= 64 * 1024);
    }
}
