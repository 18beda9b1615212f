//! The budget of the local tier, by the system's count.

use std::process::Command;
use std::time::Duration;

use perf_cache::{Cache, LocalStore};
use serde::Serialize;
use serde::de::DeserializeOwned;

const MIB: u64 = 1024 * 1024;

/// Set for a child that measures: which store.
const STORE: &str = "PERF_CACHE_TEST_STORE";

fn stores() -> Vec<(&'static str, LocalStore)> {
    vec![
        ("moka", LocalStore::Moka),
        #[cfg(feature = "quick_cache")]
        ("quick_cache", LocalStore::QuickCache),
    ]
}

/// Runs the named test for each store in a process of its own, whose memory nobody else has used.
#[track_caller]
fn stays_within<V>(test: &str, budget: u64, keys: u64, value: impl Fn(u64) -> V)
where
    V: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    if let Ok(name) = std::env::var(STORE) {
        let store = stores().into_iter().find(|(known, _)| name == *known);
        return fill(store.expect("a known store").1, budget, keys, value);
    }
    for (name, _) in stores() {
        let program = std::env::current_exe().expect("Linux");
        let output = Command::new(program)
            .args([test, "--exact", "--nocapture"])
            .env(STORE, name)
            // Freed memory goes back at once, so that what is counted is in use.
            .env("MALLOC_TRIM_THRESHOLD_", "65536")
            .output()
            .expect("a test can start itself");
        let told =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let figures = told.lines().find(|line| line.contains("resident")).unwrap_or("no figures");
        println!("{name}: {figures}");
        assert!(output.status.success(), "{name}: {told}");
    }
}

fn fill<V>(store: LocalStore, budget: u64, keys: u64, value: impl Fn(u64) -> V)
where
    V: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let builder = Cache::builder().max_bytes(budget).local_store(store);
        let cache = builder.build().await.expect("a budget");
        cache.insert("warm", 1_u8, Duration::from_secs(600)).await;
        let before = resident_bytes();
        for number in 0..keys {
            let key = format!("product:{number}");
            cache.insert(&key, value(number), Duration::from_secs(600)).await;
        }
        let counted = cache.local_bytes();
        let grown = resident_bytes().saturating_sub(before);
        println!("counted {} KiB, resident {} KiB", counted / 1024, grown / 1024);
        assert!(counted <= budget, "{counted} bytes by the cache's count");
        assert!(counted > budget * 85 / 100, "{counted} bytes: the budget is not used");
        assert!(grown <= budget * 11 / 10, "{} MiB by the system's count", grown / MIB);
        assert!(grown >= budget * 8 / 10, "{} MiB: entries weigh too much", grown / MIB);
    });
}

#[test]
fn a_million_distinct_keys_stay_within_the_budget() {
    let test = "a_million_distinct_keys_stay_within_the_budget";
    stays_within(test, 64 * MIB, 1_000_000, |number| vec![number; 4]);
}

#[test]
fn the_smallest_values_stay_within_the_budget() {
    let test = "the_smallest_values_stay_within_the_budget";
    stays_within(test, 64 * MIB, 400_000, |number| number);
}

#[test]
fn values_whose_form_in_bytes_is_short_stay_within_the_budget() {
    let test = "values_whose_form_in_bytes_is_short_stay_within_the_budget";
    // 40 times as long in memory as in bytes.
    stays_within(test, 64 * MIB, 30_000, |number| {
        (vec![None::<[u64; 4]>; 100], vec![0_u64; 50], format!("{number}"))
    });
}

#[test]
fn large_values_stay_within_the_budget() {
    let test = "large_values_stay_within_the_budget";
    stays_within(test, 128 * MIB, 4_000, |number| "x".repeat(100_000 + number as usize % 1000));
}

#[tokio::test]
async fn values_weigh_what_they_hold() {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    cache.insert("text", "x".repeat(100_000), Duration::from_secs(600)).await;
    assert!((100_000..110_000).contains(&cache.local_bytes()), "{}", cache.local_bytes());
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it is there");
    let kib = line.split_whitespace().nth(1).expect("a number");
    kib.parse::<u64>().expect("a number") * 1024
}
