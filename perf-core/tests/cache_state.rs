//! What a cache holds is asked of the cache itself, with every snapshot.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use std::time::Duration;

use perf_core::recorder::{
    Backplane, BreakerState, CacheState, RedisNode, TellState, register_cache,
};
use perf_core::{CacheEvent, CacheOutcome, CacheTier, Label, Name, Recorder};

struct Held(AtomicU64);

impl TellState for Held {
    fn state(&self) -> CacheState {
        let entries = self.0.load(Ordering::Relaxed);
        CacheState::new(entries, entries * 1_024, 64 << 20)
            .evictions(7)
            .breaker(BreakerState::HalfOpen, 3)
            .predicted([(64 << 20, 0.5), (128 << 20, 0.625)])
            .backplane(
                Backplane::new(Duration::from_micros(1_500)).others(2, Duration::from_secs(1)),
            )
            .redis([server()])
    }
}

fn server() -> RedisNode {
    let mut server = RedisNode::default();
    server.address = Some("10.0.0.1:6379".to_owned());
    (server.used_bytes, server.max_bytes, server.resident_bytes) = (1 << 20, 64 << 20, 2 << 20);
    server.eviction_policy = "volatile-lru".to_owned();
    server.evicted_per_minute = Some(7.4);
    server
}

fn register(recorder: &Recorder, name: &str, held: &Arc<Held>) {
    let held: Weak<Held> = Arc::downgrade(held);
    recorder.scope(Label::job("fill")).run_sync(|| register_cache(&Name::new(name), held));
}

fn entries(recorder: &Recorder) -> Vec<Option<u64>> {
    let caches = recorder.snapshot().caches;
    caches.into_iter().map(|cache| cache.state.map(|state| state.entries)).collect()
}

#[test]
fn a_snapshot_has_the_state_of_its_moment_and_none_of_a_cache_that_is_gone() {
    let recorder = Recorder::builder().build();
    let held = Arc::new(Held(AtomicU64::new(1)));
    register(&recorder, "products", &held);
    assert_eq!(entries(&recorder), [Some(1)]);
    held.0.store(2, Ordering::Relaxed);
    assert_eq!(entries(&recorder), [Some(2)]);
    drop(held);
    assert_eq!(entries(&recorder), [None]);
}

#[test]
fn of_caches_with_one_name_the_first_that_lives_is_asked() {
    let recorder = Recorder::builder().build();
    let held = [1, 2].map(|entries| Arc::new(Held(AtomicU64::new(entries))));
    held.iter().for_each(|held| register(&recorder, "products", held));
    assert_eq!(entries(&recorder), [Some(1)]);
    let [first, second] = held;
    drop(first);
    register(&recorder, "products", &second);
    assert_eq!(entries(&recorder), [Some(2)]);
}

#[test]
fn caches_beyond_the_bound_have_no_state() {
    let recorder = Recorder::builder().names(1).build();
    let held = Arc::new(Held(AtomicU64::new(1)));
    register(&recorder, "products", &held);
    register(&recorder, "users", &held);
    assert_eq!(entries(&recorder), [None, Some(1)]);
}

#[test]
fn the_report_shows_the_state_as_text_and_as_json() {
    let recorder = Recorder::builder().build();
    let held = Arc::new(Held(AtomicU64::new(1_000)));
    register(&recorder, "products", &held);
    recorder.scope(Label::job("ask")).run_sync(|| {
        CacheEvent::new(&Name::new("no state"), CacheTier::Local, CacheOutcome::Hit).record();
    });
    let snapshot = recorder.snapshot();
    let text = snapshot.to_string();
    let table = text.split("What caches hold in this process\n").nth(1).expect("a table");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let row = words(table.lines().nth(1).expect("a row"));
    assert_eq!(
        row,
        words("products 1000 1000.0 KiB 64.0 MiB 7 half_open 3 +12.5 % 0.00"),
        "{text}"
    );
    assert!(table.lines().nth(2).is_none_or(|line| !line.contains("no state")), "{text}");
    let json = serde_json::to_value(&snapshot).expect("JSON");
    assert_eq!(json["caches"][0]["state"], serde_json::Value::Null);
    assert_eq!(json["caches"][1]["state"]["max_bytes"], 64 << 20);
    assert_eq!(json["caches"][1]["state"]["breaker"], "half_open");
    let predicted = &json["caches"][1]["state"]["predicted"][0];
    assert_eq!(
        (&predicted["max_bytes"], &predicted["hit_rate"]),
        (&(64 << 20).into(), &0.5.into())
    );
}

#[test]
fn the_report_shows_the_lag_and_the_servers_behind_as_text_and_as_json() {
    let recorder = Recorder::builder().build();
    let held = Arc::new(Held(AtomicU64::new(1_000)));
    register(&recorder, "products", &held);
    let snapshot = recorder.snapshot();
    let text = snapshot.to_string();
    let row = |title: &str| {
        let table = text.split(title).nth(1).expect("a table");
        table.lines().nth(2).expect("a row").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("How caches hear of other processes"), "products 1.50 2 1000.00", "{text}");
    let server = "products 10.0.0.1:6379 volatile-lru 1.0 MiB 64.0 MiB 2.0 MiB 7";
    assert_eq!(row("Redis behind caches"), server, "{text}");
    let json = serde_json::to_value(&snapshot).expect("JSON");
    let state = &json["caches"][0]["state"];
    let backplane =
        serde_json::json!({"lag_ms": 1.5, "processes": 2, "longest_silence_ms": 1000.0});
    assert_eq!(state["backplane"], backplane);
    let server = &state["redis"][0];
    assert_eq!(
        (&server["used_bytes"], &server["max_bytes"]),
        (&(1 << 20).into(), &(64 << 20).into())
    );
    assert_eq!(server["evicted_per_minute"], 7.4);
}
