//! What the sample finds beside what was really asked for most.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use super::*;

fn hash(key: u64) -> u32 {
    (foldhash::quality::FixedState::with_seed(3).hash_one(key) >> 32) as u32
}

/// Keys whose frequency falls with their number: Zipf's law with an exponent of 0.9.
fn zipf(keys: usize, draws: usize) -> impl Iterator<Item = u64> {
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=keys)
        .map(|rank| {
            sum += (rank as f64).powf(-0.9);
            sum
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(7);
    (0..draws).map(move |_| {
        let point = random.f64() * sum;
        sums.partition_point(|sum| *sum < point) as u64
    })
}

/// The hashes that were counted most.
fn top(hottest: &Hottest, most: usize) -> HashSet<u32> {
    let mut counts = hottest.counts();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().take(most).map(|(hash, _)| hash).collect()
}

/// How many of the keys with these numbers are among them.
fn found(top: &HashSet<u32>, keys: std::ops::Range<u64>) -> usize {
    keys.filter(|key| top.contains(&hash(*key))).count()
}

#[test]
fn of_a_million_keys_those_are_found_that_are_asked_for_most() {
    fastrand::seed(1);
    let hottest = Hottest::new();
    zipf(1_000_000, 60_000).for_each(|key| hottest.take(hash(key)));
    assert!(hottest.counts().len() <= MAX_KEYS);
    assert!(found(&top(&hottest, 50), 0..50) >= 40, "{}", found(&top(&hottest, 50), 0..50));
    let of_200 = found(&top(&hottest, 400), 0..200);
    assert!(of_200 >= 150, "{of_200}");
}

#[test]
fn keys_that_are_asked_for_once_push_nothing_out() {
    fastrand::seed(1);
    let hottest = Hottest::new();
    for key in 0..90_000_u64 {
        hottest.take(hash(1_000 + key));
        if key % 30 == 0 {
            hottest.take(hash(key / 30 % 100));
        }
    }
    assert_eq!(found(&top(&hottest, 100), 0..100), 100);
}

#[test]
fn what_was_hot_long_ago_makes_room_for_what_is_hot_now() {
    fastrand::seed(1);
    let hottest = Hottest::new();
    for from in [0, 1_000, 2_000] {
        (0..200_000_u64).for_each(|key| hottest.take(hash(from + key % 500)));
        assert!(found(&top(&hottest, 500), from..from + 500) >= 450, "{from}");
    }
}

#[test]
fn every_place_of_a_loop_is_drawn_alike_however_long_it_is() {
    for length in [1, 2, 3, 7, 64, 100, 128, 256, 1_000] {
        let mut drawn = HashMap::new();
        let numbers = (0..length * 12_800).filter(|number| is_drawn(*number));
        numbers.for_each(|number| *drawn.entry(number % length).or_insert(0) += 1);
        let counts: Vec<u64> =
            (0..length).map(|place| drawn.get(&place).copied().unwrap_or(0)).collect();
        assert!(counts.iter().all(|count| (80..=120).contains(count)), "{length}: {counts:?}");
    }
}
