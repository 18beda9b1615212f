//! The time of loads that a cache spared its callers: how it is reckoned, and of what nothing is known.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::Duration;

use perf_core::recorder::{CacheState, Spared, TellState, register_cache};
use perf_core::time::testing::follow;
use perf_core::{CacheEvent, CacheOutcome, CacheTier, Label, Name, Recorder};

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

struct Held;

impl TellState for Held {
    fn state(&self) -> CacheState {
        CacheState::new(1, 4 << 20, 64 << 20)
    }
}

fn record(tier: CacheTier, outcome: CacheOutcome, took: Duration, times: u64) {
    let name = Name::new("prices");
    (0..times).for_each(|_| CacheEvent::new(&name, tier, outcome).duration(took).record());
}

/// What this work spared in two minutes.
fn spared(work: impl FnOnce()) -> Spared {
    let past = Rc::new(Cell::new(Duration::ZERO));
    let clock = past.clone();
    let _following = follow(move || clock.get());
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("ask")).run_sync(work);
    past.set(2 * MINUTE);
    recorder.snapshot().caches.remove(0).spared
}

#[test]
fn each_value_that_a_tier_served_spared_a_load_less_the_time_of_a_hit_in_redis() {
    let held: Arc<Held> = Arc::new(Held);
    let spared = spared(|| {
        let weak: Weak<Held> = Arc::downgrade(&held);
        register_cache(&Name::new("prices"), weak);
        record(CacheTier::Loader, CacheOutcome::Hit, 100 * MILLI, 3);
        record(CacheTier::Loader, CacheOutcome::Hit, 300 * MILLI, 3);
        record(CacheTier::Local, CacheOutcome::Hit, Duration::ZERO, 890);
        record(CacheTier::Local, CacheOutcome::Stale, Duration::ZERO, 10);
        record(CacheTier::Remote, CacheOutcome::Hit, 80 * MILLI, 100);
    });
    // 900 loads of 200 ms from the process, and 100 that were 120 ms quicker from Redis.
    assert_eq!(spared.total, 192 * SECOND);
    assert_eq!(spared.per_minute, 96 * SECOND);
    assert_eq!(spared.per_minute_and_mib, Some(24 * SECOND));
}

#[test]
fn loads_that_failed_and_misses_in_redis_tell_nothing_of_what_was_spared() {
    let spared = spared(|| {
        record(CacheTier::Loader, CacheOutcome::Hit, 200 * MILLI, 1);
        record(CacheTier::Loader, CacheOutcome::Error, 30 * SECOND, 50);
        record(CacheTier::Loader, CacheOutcome::Coalesced, Duration::ZERO, 50);
        record(CacheTier::Remote, CacheOutcome::Miss, 10 * SECOND, 50);
        record(CacheTier::Remote, CacheOutcome::Hit, 100 * MILLI, 10);
    });
    assert_eq!(spared.total, SECOND);
    assert_eq!(spared.per_minute_and_mib, None, "nobody has told what it holds");
}

#[test]
fn a_cache_whose_hits_take_longer_than_loads_or_that_never_loaded_spared_nothing() {
    let slow = spared(|| {
        record(CacheTier::Loader, CacheOutcome::Hit, MILLI, 1);
        record(CacheTier::Remote, CacheOutcome::Hit, 2 * MILLI, 10);
    });
    let filled = spared(|| record(CacheTier::Local, CacheOutcome::Hit, Duration::ZERO, 10));
    assert_eq!([slow.total, filled.total], [Duration::ZERO; 2]);
}

#[test]
fn the_report_has_it_in_seconds_and_the_json_in_milliseconds() {
    let past = Rc::new(Cell::new(Duration::ZERO));
    let clock = past.clone();
    let _following = follow(move || clock.get());
    let recorder = Recorder::builder().build();
    let held: Arc<Held> = Arc::new(Held);
    recorder.scope(Label::job("ask")).run_sync(|| {
        let weak: Weak<Held> = Arc::downgrade(&held);
        register_cache(&Name::new("prices"), weak);
        record(CacheTier::Loader, CacheOutcome::Hit, SECOND, 1);
        record(CacheTier::Local, CacheOutcome::Hit, Duration::ZERO, 12);
    });
    past.set(MINUTE);
    let snapshot = recorder.snapshot();
    let text = snapshot.to_string();
    let rows: Vec<&str> =
        text.lines().filter(|line| line.trim_start().starts_with("prices")).collect();
    assert!(rows[0].ends_with(" 12.00") && rows[1].ends_with(" 3.00"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    let json = serde_json::to_value(&snapshot).expect("JSON");
    let expected = serde_json::json!({
        "total_ms": 12_000.0, "per_minute_ms": 12_000.0, "per_minute_and_mib_ms": 3_000.0,
    });
    assert_eq!(json["caches"][0]["spared"], expected);
}
