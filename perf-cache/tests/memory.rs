//! The budget of the local tier.

use std::time::Duration;

use perf_cache::Cache;

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn a_million_distinct_keys_stay_within_the_budget() {
    const BUDGET: u64 = 64 * MIB;
    let cache = Cache::builder().max_bytes(BUDGET).build().await.expect("a budget");
    let before = resident_bytes();
    for number in 0..1_000_000_u64 {
        let value = vec![number; 4];
        cache.insert(&format!("product:{number}"), value, Duration::from_secs(600)).await;
    }
    let counted = cache.local_bytes();
    assert!(counted <= BUDGET, "{counted} bytes by the cache's count");
    assert!(counted > BUDGET / 2, "{counted} bytes: the budget is not used");
    let grown = resident_bytes().saturating_sub(before);
    println!("counted {} MiB, resident {} MiB", counted / MIB, grown / MIB);
    assert!(grown < BUDGET + BUDGET / 4, "{} MiB by the system's count", grown / MIB);
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
