//! A histogram counts everything, from however many threads, and says of it what is true.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use perf_core::metric::{Bucket, Histogram, Latency, Sizes};
use proptest::collection::vec;
use proptest::prelude::*;

const HIGHEST: u64 = 3_600_000_000;

fn of(values: &[u64]) -> Histogram {
    let histogram = Histogram::new();
    values.iter().for_each(|value| histogram.record_value(*value));
    histogram
}

/// Of all sizes alike, and some beyond the range.
fn values() -> impl Strategy<Value = Vec<u64>> {
    vec((0..33_u32, any::<u64>()).prop_map(|(bits, value)| value & ((1 << bits) - 1)), 0..300)
}

proptest! {
    #[test]
    fn counts_at_most_a_bound_are_those_of_a_plain_vector(
        values in values(),
        mut bounds in values(),
    ) {
        bounds.sort_unstable();
        let counts = of(&values).at_most(&bounds);
        prop_assert_eq!(counts.len(), bounds.len());
        let exact = |bound: u64| values.iter().filter(|value| **value <= bound).count() as u64;
        for (bound, count) in bounds.into_iter().zip(counts) {
            // What is beyond the range counts as its end.
            let above = Some(bound + bound / 128).filter(|above| *above < HIGHEST);
            let above = above.unwrap_or(u64::MAX);
            prop_assert!(exact(bound) <= count && count <= exact(above), "{bound}: {count}");
        }
    }

    #[test]
    fn buckets_hold_each_value_once_and_ascend(values in values()) {
        let buckets: Vec<Bucket> = of(&values).buckets().collect();
        let within = |bucket: &Bucket| {
            let range = bucket.lowest..=bucket.highest;
            values.iter().filter(|value| range.contains(value.min(&&HIGHEST))).count() as u64
        };
        for bucket in &buckets {
            prop_assert!(bucket.count > 0 && bucket.count == within(bucket), "{bucket:?}");
        }
        prop_assert!(buckets.is_sorted_by(|before, after| before.highest < after.lowest));
        let counted: u64 = buckets.iter().map(|bucket| bucket.count).sum();
        prop_assert_eq!(counted, values.len() as u64);
    }

    #[test]
    fn sums_are_exact(values in values(), nanos in vec(0..10_000_000_000_u64, 1..100)) {
        prop_assert_eq!(of(&values).sum(), values.iter().sum::<u64>());
        let histogram = Histogram::new();
        nanos.iter().for_each(|nanos| histogram.record(Duration::from_nanos(*nanos)));
        let total: u64 = nanos.iter().sum();
        prop_assert_eq!(histogram.total(), Duration::from_nanos(total));
        prop_assert_eq!(histogram.sum(), total / 1_000);
        let summary = histogram.summary();
        prop_assert_eq!(summary.total(), Duration::from_nanos(total));
        prop_assert_eq!(summary.mean, Duration::from_nanos(total / nanos.len() as u64));
    }
}

#[test]
fn an_empty_histogram_says_zero() {
    let histogram = Histogram::new();
    assert_eq!(histogram.summary(), Latency::default());
    assert_eq!(histogram.sizes(), Sizes::default());
    assert_eq!(histogram.at_most(&[1, 10]), [0, 0]);
    assert_eq!((histogram.count(), histogram.sum(), histogram.buckets().count()), (0, 0, 0));
}

#[test]
fn sizes_are_in_bytes_and_count_empty_bodies() {
    let sizes = of(&[0, 0, 100, 1_000_000]).sizes();
    assert_eq!((sizes.count, sizes.total_bytes, sizes.p50_bytes), (4, 1_000_100, 0));
    assert!((1_000_000..1_010_000).contains(&sizes.max_bytes), "{sizes:?}");
    assert_eq!(sizes.p95_bytes, sizes.max_bytes);
}

#[test]
fn durations_of_eight_threads_merge_into_what_hdrhistogram_would_hold() {
    let ours = Histogram::new();
    let mut theirs =
        hdrhistogram::Histogram::<u64>::new_with_bounds(1, HIGHEST, 2).expect("valid bounds");
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
    let ours = ours.summary();
    let quantile = |share| Duration::from_micros(theirs.value_at_quantile(share));
    assert_eq!(ours.count, 8_000);
    assert_eq!(
        [ours.min, ours.p50, ours.p95, ours.p99, ours.max],
        [quantile(0.0), quantile(0.5), quantile(0.95), quantile(0.99), quantile(1.0)]
    );
}

#[test]
fn a_bucket_that_one_thread_fills_a_million_times_keeps_its_count() {
    let histogram = Histogram::new();
    (0..1_000_000).for_each(|_| histogram.record_value(50));
    assert_eq!((histogram.count(), histogram.sum()), (1_000_000, 50_000_000));
}

#[test]
fn many_short_threads_and_more_threads_than_cores_lose_no_count() {
    let histogram = Histogram::new();
    let all_alive = Barrier::new(100);
    thread::scope(|threads| {
        for _ in 0..100 {
            threads.spawn(|| {
                histogram.record_value(0);
                all_alive.wait();
                (0..50_000).for_each(|_| histogram.record_value(7));
            });
        }
        // One after the other, so that seats go from hand to hand.
        for _ in 0..1_000 {
            let one = threads.spawn(|| histogram.record_value(7));
            one.join().expect("no panic");
        }
    });
    assert_eq!(histogram.count(), 100 + 100 * 50_000 + 1_000);
    assert_eq!(histogram.sum(), 100 * 350_000 + 7_000);
}
