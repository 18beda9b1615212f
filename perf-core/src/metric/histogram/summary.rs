//! What a histogram says in one line, for durations and for sizes.

use serde::Serialize;

use super::Bucket;
use crate::metric::{Cumulative, LATENCY_BOUNDS_MICROS, SIZE_BOUNDS_BYTES};
use crate::time::Duration;
use crate::units::serialize_millis;

/// How long things took; from [`Histogram::summary`](super::Histogram::summary).
///
/// Count, mean and total are exact; the other values to 1 %, and to half a microsecond below 50 µs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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
    #[serde(skip)]
    total: Duration,
    /// The counts at [`LATENCY_BOUNDS_MICROS`], and the sum in microseconds.
    #[serde(skip)]
    pub cumulative: Cumulative<15>,
    #[serde(skip)]
    doublings: [u64; DOUBLINGS],
}

/// Up to 1 µs, up to 2 µs, up to 4 µs, … up to 2³² µs, which is more than an hour.
const DOUBLINGS: usize = 33;

impl Default for Latency {
    fn default() -> Self {
        Self::of(&[], Duration::ZERO)
    }
}

impl Latency {
    pub(super) fn of(buckets: &[Bucket], total: Duration) -> Self {
        let quantiles = Quantiles::of(buckets);
        let [p50, p95, p99] =
            [0.50, 0.95, 0.99].map(|share| Duration::from_micros(quantiles.at(share)));
        Self {
            count: quantiles.count,
            min: Duration::from_micros(buckets.first().map_or(0, |bucket| bucket.lowest)),
            mean: mean(total, quantiles.count),
            p50,
            p95,
            p99,
            max: Duration::from_micros(buckets.last().map_or(0, |bucket| bucket.highest)),
            total,
            cumulative: Cumulative::of(buckets, micros(total), &LATENCY_BOUNDS_MICROS),
            doublings: doublings(buckets),
        }
    }

    /// How many took how long, for a picture: the upper end of each step, which is twice that of
    /// the one before, and the count. Steps before the first and after the last count are left out.
    ///
    /// A duration within 1 % above an end may count below it.
    pub fn doublings(&self) -> Vec<(Duration, u64)> {
        let first = self.doublings.iter().position(|&count| count > 0).unwrap_or(DOUBLINGS);
        let last = self.doublings.iter().rposition(|&count| count > 0).unwrap_or(0);
        (first..=last)
            .map(|step| (Duration::from_micros(1 << step), self.doublings[step]))
            .collect()
    }

    /// The sum of all durations.
    pub fn total(&self) -> Duration {
        self.total
    }
}

/// How large things were, in bytes; from [`Histogram::sizes`](super::Histogram::sizes).
///
/// Count and total are exact; the other values to 1 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sizes {
    /// How many sizes were recorded.
    pub count: u64,
    /// The sum of all.
    pub total_bytes: u64,
    /// The median.
    pub p50_bytes: u64,
    /// 95 % were at most this large.
    pub p95_bytes: u64,
    /// The largest.
    pub max_bytes: u64,
    /// The counts at [`SIZE_BOUNDS_BYTES`], and the sum in bytes.
    #[serde(skip)]
    pub cumulative: Cumulative<9>,
}

impl Sizes {
    pub(super) fn of(buckets: &[Bucket], total_bytes: u64) -> Self {
        let quantiles = Quantiles::of(buckets);
        Self {
            count: quantiles.count,
            total_bytes,
            p50_bytes: quantiles.at(0.50),
            p95_bytes: quantiles.at(0.95),
            max_bytes: buckets.last().map_or(0, |bucket| bucket.highest),
            cumulative: Cumulative::of(buckets, total_bytes, &SIZE_BOUNDS_BYTES),
        }
    }
}

struct Quantiles<'a> {
    buckets: &'a [Bucket],
    count: u64,
}

impl<'a> Quantiles<'a> {
    fn of(buckets: &'a [Bucket]) -> Self {
        Self { buckets, count: buckets.iter().map(|bucket| bucket.count).sum() }
    }

    /// The highest value of the bucket in which this share of all values is reached; 0 when there
    /// is none.
    fn at(&self, share: f64) -> u64 {
        let wanted = ((share * self.count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let reached = self.buckets.iter().find(|bucket| {
            seen += bucket.count;
            seen >= wanted
        });
        reached.or(self.buckets.last()).map_or(0, |bucket| bucket.highest)
    }
}

fn doublings(buckets: &[Bucket]) -> [u64; DOUBLINGS] {
    let mut counts = [0; DOUBLINGS];
    for bucket in buckets {
        let step = bucket.lowest.max(1).next_power_of_two().trailing_zeros() as usize;
        counts[step.min(DOUBLINGS - 1)] += bucket.count;
    }
    counts
}

fn micros(total: Duration) -> u64 {
    u64::try_from(total.as_micros()).unwrap_or(u64::MAX)
}

fn mean(total: Duration, count: u64) -> Duration {
    let nanos = total.as_nanos().checked_div(count.into()).unwrap_or(0);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
