//! For how long a value is served, and to whom.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Loaded, Policy};
use perf_core::time::testing::{Following, follow};
use tokio::time::{Instant, advance};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A cache in process, whose clock is that of the paused runtime.
async fn paused() -> (Cache, Following) {
    let started = Instant::now();
    let following = follow(move || started.elapsed());
    (Cache::builder().build().await.expect("defaults are valid"), following)
}

/// Minutes without chance.
fn minutes(count: u32) -> Policy {
    Policy::ttl(count * MINUTE).jitter(0.0)
}

/// The number of the load whose value is served.
async fn ask(cache: &Cache, policy: &Policy, loads: &Arc<AtomicU32>) -> u32 {
    let loads = loads.clone();
    let load = move || async move { loads.fetch_add(1, Ordering::Relaxed) + 1 };
    *cache.get_or_load("tea", policy, load).await.expect("it loads")
}

#[tokio::test(start_paused = true)]
async fn a_value_is_served_until_its_ttl_is_over_and_then_loaded_again() {
    let ((cache, _clock), loads) = (paused().await, Arc::default());
    assert_eq!(ask(&cache, &minutes(1), &loads).await, 1);
    advance(MINUTE - Duration::from_millis(1)).await;
    assert_eq!(ask(&cache, &minutes(1), &loads).await, 1);
    advance(Duration::from_millis(1)).await;
    assert_eq!(cache.get::<u32>("tea").await, None);
    assert_eq!(ask(&cache, &minutes(1), &loads).await, 2);
}

#[tokio::test(start_paused = true)]
async fn jitter_spreads_the_ends_over_its_share_of_the_ttl_and_never_adds() {
    let (cache, _clock) = paused().await;
    let keys: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    for key in &keys {
        cache.insert(key, 1_u32, Policy::ttl(100 * SECOND).jitter(0.5)).await;
    }
    let mut alive = Vec::new();
    for _ in 0..10 {
        advance(10 * SECOND).await;
        alive.push(keys.iter().filter(|key| cache.get_local::<u32>(key).is_some()).count());
    }
    assert_eq!(alive[..4], [1_000; 4], "half of the ttl is certain");
    assert!((300..700).contains(&alive[6]), "of the other half, a part is over: {alive:?}");
    assert_eq!(alive[9], 0, "nothing outlives its ttl");
}

#[tokio::test(start_paused = true)]
async fn a_ttl_of_zero_keeps_nothing_and_takes_away_what_was_there() {
    let ((cache, _clock), loads) = (paused().await, Arc::default());
    assert_eq!(ask(&cache, &Policy::ttl(Duration::ZERO), &loads).await, 1);
    assert_eq!(ask(&cache, &Policy::ttl(Duration::ZERO), &loads).await, 2);

    cache.insert("tea", 7_u32, MINUTE).await;
    cache.insert("tea", 8_u32, Duration::ZERO).await;
    assert_eq!(cache.get::<u32>("tea").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_ttl_of_ten_thousand_years_is_one_of_ten() {
    let ((cache, _clock), loads) = (paused().await, Arc::default());
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    for ttl in [10_000 * year, Duration::MAX] {
        let endless = Policy::ttl(ttl)
            .idle(ttl)
            .stale_if_error(ttl)
            .stale_while_revalidate(ttl)
            .hard_timeout(ttl)
            .soft_timeout(ttl)
            .jitter(0.0);
        cache.invalidate("tea").await;
        let first = ask(&cache, &endless, &loads).await;
        advance(year).await;
        assert_eq!(ask(&cache, &endless, &loads).await, first, "a year later");
        tokio::task::yield_now().await;
        assert_eq!(loads.load(Ordering::Relaxed), first, "and without a load");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_longer_than_any_life_takes_nothing_from_the_ttl() {
    let ((cache, _clock), loads) = (paused().await, Arc::default());
    let month = 30 * 24 * 60 * MINUTE;
    let policy = minutes(10).tag("drinks").stale_if_error(month);
    assert_eq!(ask(&cache, &policy, &loads).await, 1);
    advance(9 * MINUTE).await;
    assert_eq!(ask(&cache, &policy, &loads).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_value_may_say_itself_how_long_it_is_kept() {
    let (cache, _clock) = paused().await;
    let load = |ttl| {
        let policy = minutes(60);
        let loaded = move |_| async move { Ok::<_, Infallible>(Loaded::value(7_u32).ttl(ttl)) };
        cache.load_with("tea", policy, loaded)
    };
    assert_eq!(load(5 * SECOND).await.expect("it loads").as_deref(), Some(&7));
    advance(4 * SECOND).await;
    assert!(cache.get_local::<u32>("tea").is_some());
    advance(SECOND).await;
    assert!(cache.get_local::<u32>("tea").is_none());

    load(Duration::ZERO).await.expect("it loads");
    assert!(cache.get_local::<u32>("tea").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_value_nobody_asks_for_is_let_go_and_stays_gone() {
    let ((cache, _clock), loads) = (paused().await, Arc::default());
    let policy = minutes(60).idle(10 * SECOND);
    assert_eq!(ask(&cache, &policy, &loads).await, 1);
    for _ in 0..5 {
        advance(9 * SECOND).await;
        assert_eq!(ask(&cache, &policy, &loads).await, 1, "each question is a new start");
    }
    advance(11 * SECOND).await;
    assert_eq!(cache.get::<u32>("tea").await, None);
    assert_eq!(cache.get::<u32>("tea").await, None, "the first question has not woken it");
    assert_eq!(cache.get_local::<u32>("tea"), None);
    assert_eq!(ask(&cache, &policy, &loads).await, 2);
    advance(11 * SECOND).await;
    assert_eq!(ask(&cache, &policy, &loads).await, 3, "a load finds it gone too");
}

#[tokio::test(start_paused = true)]
async fn that_there_is_no_value_is_kept_for_the_negative_ttl() {
    let ((cache, _clock), loads) = (paused().await, Arc::new(AtomicU32::new(0)));
    let ask = |policy: Policy| {
        let loads = loads.clone();
        let load = move |_| async move {
            loads.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(Loaded::<u32>::absent())
        };
        let asked = cache.load_with("tea", policy, load);
        async { asked.await.expect("it loads") }
    };
    let policy = minutes(60).negative(5 * SECOND);
    for _ in 0..3 {
        assert_eq!(ask(policy.clone()).await, None);
    }
    assert_eq!(loads.load(Ordering::Relaxed), 1);
    assert_eq!(cache.get::<u32>("tea").await, None);
    advance(5 * SECOND).await;
    ask(policy.clone()).await;
    assert_eq!(loads.load(Ordering::Relaxed), 2);

    // Who takes no absence for an answer loads, and what it brings is there for the others.
    let value = cache.get_or_load("tea", MINUTE, || async { 7_u32 }).await;
    assert_eq!(value.as_deref().ok(), Some(&7));
    assert_eq!(ask(policy).await.as_deref(), Some(&7));

    cache.invalidate("tea").await;
    for _ in 0..2 {
        ask(minutes(60)).await;
    }
    assert_eq!(loads.load(Ordering::Relaxed), 4, "without a negative ttl it is not kept");
}

#[tokio::test(start_paused = true)]
async fn a_value_of_another_type_under_the_same_key_is_a_miss_and_is_replaced() {
    let (cache, _clock) = paused().await;
    let policy = minutes(1).stale_while_revalidate(MINUTE).stale_if_error(10 * MINUTE);
    for age in [Duration::ZERO, 90 * SECOND, 5 * MINUTE] {
        cache.insert("tea", 7_u32, &policy).await;
        advance(age).await;
        assert_eq!(cache.get::<String>("tea").await, None);
        let text = cache.get_or_load("tea", &policy, || async { "seven".to_owned() }).await;
        assert_eq!(*text.expect("it loads"), "seven", "a number is {age:?} old");
        assert_eq!(cache.get::<u32>("tea").await, None);
    }
    let failing = cache.try_get_or_load::<u32, _, _, _>("tea", policy, || async { Err("closed") });
    assert!(failing.await.is_err(), "a text does not stand in for a number");
}
