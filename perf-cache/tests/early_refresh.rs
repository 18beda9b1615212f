//! Values that are loaded anew while they are still fresh.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Policy};
use perf_core::time::testing::{Following, follow};
use tokio::task::yield_now;
use tokio::time::{Instant, advance, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// A cache in process, whose clock is that of the paused runtime.
async fn paused() -> (Cache, Following) {
    let started = Instant::now();
    let following = follow(move || started.elapsed());
    (Cache::builder().build().await.expect("defaults are valid"), following)
}

fn policy() -> Policy {
    Policy::ttl(100 * SECOND).jitter(0.0)
}

#[tokio::test(start_paused = true)]
async fn a_value_asked_for_past_its_share_of_the_ttl_is_loaded_once_in_the_background() {
    let ((cache, _clock), loads) = (paused().await, Arc::new(AtomicU32::new(0)));
    let policy = policy().refresh_at(0.8);
    let ask = async || {
        let loads = loads.clone();
        let load = move || async move {
            let number = loads.fetch_add(1, Ordering::Relaxed) + 1;
            yield_now().await;
            number
        };
        let value = *cache.get_or_load("tea", &policy, load).await.expect("it loads");
        for _ in 0..5 {
            yield_now().await;
        }
        value
    };
    assert_eq!(ask().await, 1);
    advance(79 * SECOND).await;
    assert_eq!((ask().await, loads.load(Ordering::Relaxed)), (1, 1));
    advance(SECOND).await;
    assert_eq!((ask().await, loads.load(Ordering::Relaxed)), (1, 2), "served while it loads");
    assert_eq!(ask().await, 2);
    advance(79 * SECOND).await;
    assert_eq!((ask().await, loads.load(Ordering::Relaxed)), (2, 2), "a new life has begun");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_never_ends_is_no_reason_for_a_second_one() {
    let ((cache, _clock), loads) = (paused().await, Arc::new(AtomicU32::new(0)));
    let policy = policy().refresh_at(0.5);
    cache.insert("tea", 1_u32, &policy).await;
    advance(60 * SECOND).await;
    for _ in 0..10 {
        let loads = loads.clone();
        let load = move || async move {
            loads.fetch_add(1, Ordering::Relaxed);
            pending::<u32>().await
        };
        let served = cache.get_or_load("tea", &policy, load).await;
        assert_eq!(*served.expect("it is fresh"), 1);
        yield_now().await;
    }
    assert_eq!(loads.load(Ordering::Relaxed), 1);
}

/// The ages in seconds at which values with loads of this length are first loaded anew.
async fn ages_at_refresh(beta: f64, cost: Duration) -> Vec<u64> {
    let (cache, _clock) = paused().await;
    let policy = policy().early(beta);
    let keys: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let refreshed: Vec<_> = keys.iter().map(|_| Arc::new(AtomicU32::new(0))).collect();
    for key in &keys {
        let load = move || async move {
            sleep(cost).await;
            1_u32
        };
        // All at once, so that all are of the same age.
        let cache = cache.clone();
        let (key, policy) = (key.clone(), policy.clone());
        tokio::spawn(async move { cache.get_or_load(&key, policy, load).await });
    }
    sleep(cost).await;
    let mut ages = vec![100; keys.len()];
    for age in 0..100 {
        for (at, key) in keys.iter().enumerate() {
            let refreshed = refreshed[at].clone();
            let load = move || async move {
                refreshed.store(1, Ordering::Relaxed);
                pending::<u32>().await
            };
            cache.get_or_load(key, &policy, load).await.expect("it is fresh");
        }
        yield_now().await;
        for (at, refreshed) in refreshed.iter().enumerate() {
            if refreshed.load(Ordering::Relaxed) == 1 {
                ages[at] = ages[at].min(age);
            }
        }
        advance(SECOND).await;
    }
    ages
}

#[tokio::test(start_paused = true)]
async fn the_longer_a_load_takes_the_earlier_it_is_begun() {
    let mean = |ages: Vec<u64>| ages.iter().sum::<u64>() as f64 / ages.len() as f64;
    let quick = mean(ages_at_refresh(1.0, SECOND).await);
    let slow = mean(ages_at_refresh(1.0, 20 * SECOND).await);
    let eager = mean(ages_at_refresh(3.0, 20 * SECOND).await);
    // Before the end by cost times beta on average, which the ttl cuts; the deviation of 300 of them
    // is a seventeenth of that.
    assert!((98.0..100.0).contains(&quick), "{quick}");
    assert!((73.0..88.0).contains(&slow), "{slow}");
    assert!((38.0..70.0).contains(&eager), "{eager}");
}

#[tokio::test(start_paused = true)]
async fn without_beta_no_load_is_early_whatever_it_costs() {
    for beta in [0.0, -1.0, f64::NAN] {
        let ages = ages_at_refresh(beta, 60 * SECOND).await;
        assert_eq!(ages, [100; 300], "{beta}");
    }
}
