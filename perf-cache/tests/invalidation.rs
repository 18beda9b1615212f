//! Tags, patterns and everything at once, in process: nothing that was loaded before is served after.

use std::sync::Arc;
use std::time::Duration;

use perf_cache::{Cache, Claim, LoadError, Loaded, Pattern, Policy};
use perf_core::time::testing::{Following, follow};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, advance};

const MINUTE: Duration = Duration::from_secs(60);

/// A cache in process, whose clock is that of the paused runtime.
async fn paused() -> (Cache, Following) {
    let started = Instant::now();
    let following = follow(move || started.elapsed());
    (Cache::builder().build().await.expect("defaults are valid"), following)
}

/// All ways to say that `shop:tea`, which has the tag `drinks`, is no longer good.
#[derive(Clone, Copy, Debug)]
enum By {
    Key,
    Tag,
    Pattern,
    All,
}

const WAYS: [By; 4] = [By::Key, By::Tag, By::Pattern, By::All];

async fn invalidate(cache: &Cache, by: By) {
    match by {
        By::Key => cache.invalidate("shop:tea").await,
        By::Tag => cache.invalidate_tag("drinks").await,
        By::Pattern => cache.invalidate_matching("shop:*").await,
        By::All => cache.invalidate_all().await,
    }
}

/// Lets all that can run now do so, the sweep on its own thread among it.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

type Loading = JoinHandle<Result<Option<Arc<u32>>, LoadError<&'static str>>>;

/// Begins a load that ends with `loaded` when the gate opens, and has a tag only then.
fn load_behind(gate: &Arc<Notify>, cache: &Cache, loaded: Result<u32, &'static str>) -> Loading {
    let (cache, gate) = (cache.clone(), gate.clone());
    let policy = Policy::ttl(MINUTE).jitter(0.0).stale_if_error(60 * MINUTE);
    tokio::spawn(async move {
        let load = move |_| async move {
            gate.notified().await;
            loaded.map(|value| Loaded::value(value).tag("drinks"))
        };
        cache.load_with("shop:tea", policy, load).await
    })
}

async fn outcome(loading: Loading) -> Option<u32> {
    loading.await.expect("no panic").expect("it loads").map(|value| *value)
}

#[tokio::test]
async fn what_was_kept_before_is_gone_and_what_comes_after_is_kept() {
    for by in WAYS {
        let cache = Cache::builder().build().await.expect("defaults are valid");
        let policy = Policy::ttl(MINUTE).tags(["drinks", "hot"]);
        cache.insert("shop:tea", 1_u32, &policy).await;
        cache.insert("other", 5_u32, MINUTE).await;
        invalidate(&cache, by).await;
        assert_eq!(cache.get_local::<u32>("shop:tea"), None, "{by:?}");
        assert_eq!(cache.get::<u32>("shop:tea").await, None, "{by:?}");
        let other = cache.get::<u32>("other").await;
        assert_eq!(other.is_none(), matches!(by, By::All), "{by:?}");

        let load = || async { 2_u32 };
        let new = cache.get_or_load("shop:tea", &policy, load).await;
        assert_eq!(*new.expect("it loads"), 2, "{by:?}");
        settle().await;
        assert_eq!(cache.get_local::<u32>("shop:tea").as_deref(), Some(&2), "{by:?}");
        cache.insert("shop:tea", 3_u32, &policy).await;
        assert_eq!(cache.get_local::<u32>("shop:tea").as_deref(), Some(&3), "{by:?}");
    }
}

#[tokio::test]
async fn a_load_that_was_overtaken_keeps_nothing_though_its_tags_come_late() {
    for by in WAYS {
        let cache = Cache::builder().build().await.expect("defaults are valid");
        let gate = Arc::new(Notify::new());
        let early = load_behind(&gate, &cache, Ok(1));
        settle().await;
        invalidate(&cache, by).await;
        settle().await;
        gate.notify_one();
        assert_eq!(outcome(early).await, Some(1), "it had asked before: {by:?}");
        assert_eq!(cache.get_local::<u32>("shop:tea"), None, "{by:?}");
    }
}

#[tokio::test]
async fn who_asks_after_an_invalidation_does_not_get_the_older_loads_value() {
    for by in WAYS {
        let cache = Cache::builder().build().await.expect("defaults are valid");
        let gate = Arc::new(Notify::new());
        let early = load_behind(&gate, &cache, Ok(1));
        settle().await;
        invalidate(&cache, by).await;
        let late = load_behind(&gate, &cache, Ok(2));
        settle().await;
        gate.notify_waiters();
        settle().await;
        // The late one may have had to wait for the early one, before its own load could begin.
        gate.notify_one();
        assert_eq!(outcome(early).await, Some(1), "{by:?}");
        assert_eq!(outcome(late).await, Some(2), "{by:?}");
        assert_eq!(cache.get_local::<u32>("shop:tea").as_deref(), Some(&2), "{by:?}");
    }
}

#[tokio::test]
async fn who_asks_after_an_invalidation_does_not_wait_for_an_older_load() {
    for by in WAYS {
        let cache = Cache::builder().build().await.expect("defaults are valid");
        let policy = match by {
            By::Tag => Policy::ttl(MINUTE).tag("drinks"),
            _ => Policy::ttl(MINUTE),
        };
        let (asking, early) = (cache.clone(), policy.clone());
        let load = std::future::pending::<u32>;
        let early = tokio::spawn(async move { asking.get_or_load("shop:tea", early, load).await });
        settle().await;
        invalidate(&cache, by).await;
        let late = cache.get_or_load("shop:tea", policy, || async { 2_u32 });
        let late = tokio::time::timeout(MINUTE, late).await.expect("it does not wait");
        assert_eq!(*late.expect("it loads"), 2, "{by:?}");
        assert!(!early.is_finished());
    }
}

#[test]
fn a_load_that_outlives_the_sweep_of_a_pattern_keeps_nothing() {
    // One thread for all that blocks, so that what comes after a sweep has to wait for it.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        let cache = Cache::builder().build().await.expect("defaults are valid");
        let Claim::Load(claimed) = cache.claim::<u32>("shop:tea").await else {
            panic!("nobody else loads");
        };
        let Claim::Load(other) = cache.claim::<u32>("other").await else {
            panic!("nobody else loads");
        };
        cache.invalidate_matching("shop:*").await;
        tokio::task::spawn_blocking(|| ()).await.expect("no panic");
        claimed.finish(1, MINUTE);
        other.finish(1, MINUTE);
        assert_eq!(cache.get_local::<u32>("shop:tea"), None);
        assert!(cache.get_local::<u32>("other").is_some());
    });
}

#[tokio::test]
async fn a_claim_that_was_overtaken_keeps_nothing() {
    for by in WAYS {
        let cache = Cache::builder().build().await.expect("defaults are valid");
        let Claim::Load(loading) = cache.claim::<u32>("shop:tea").await else {
            panic!("nobody else loads");
        };
        invalidate(&cache, by).await;
        settle().await;
        loading.finish(1, Policy::ttl(MINUTE).tag("drinks"));
        assert_eq!(cache.get_local::<u32>("shop:tea"), None, "{by:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_value_is_gone_too() {
    for by in WAYS {
        let (cache, _clock) = paused().await;
        let policy = Policy::ttl(MINUTE)
            .tag("drinks")
            .stale_while_revalidate(10 * MINUTE)
            .stale_if_error(60 * MINUTE);
        for age in [2 * MINUTE, 20 * MINUTE] {
            cache.insert("shop:tea", 1_u32, &policy).await;
            advance(age).await;
            invalidate(&cache, by).await;
            let load = || async { Err::<u32, _>("closed") };
            let asked = cache.try_get_or_load("shop:tea", &policy, load).await;
            assert!(asked.is_err(), "{by:?}: {asked:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_value_that_is_invalidated_while_it_is_loaded_anew_is_not_what_a_failure_leaves() {
    for by in WAYS {
        let (cache, _clock) = paused().await;
        let gate = Arc::new(Notify::new());
        let policy = Policy::ttl(MINUTE).tag("drinks").stale_if_error(60 * MINUTE);
        cache.insert("shop:tea", 1_u32, &policy).await;
        advance(2 * MINUTE).await;
        let early = load_behind(&gate, &cache, Err("closed"));
        settle().await;
        invalidate(&cache, by).await;
        let late = load_behind(&gate, &cache, Err("closed"));
        settle().await;
        gate.notify_waiters();
        settle().await;
        gate.notify_one();
        let late = late.await.expect("no panic");
        assert!(late.is_err(), "it has asked after the invalidation: {by:?} {late:?}");
        _ = early.await.expect("no panic");
        assert_eq!(cache.get::<u32>("shop:tea").await, None, "{by:?}");
        let next = cache.try_get_or_load("shop:tea", &policy, || async { Err::<u32, _>("closed") });
        assert!(next.await.is_err(), "{by:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_fails_after_an_invalidation_serves_nothing_stale() {
    for by in WAYS {
        let (cache, _clock) = paused().await;
        let policy = Policy::ttl(MINUTE).tag("drinks").stale_while_revalidate(60 * MINUTE);
        cache.insert("shop:tea", 1_u32, &policy).await;
        advance(2 * MINUTE).await;
        let Claim::Load(loading) = cache.claim::<u32>("shop:tea").await else {
            panic!("nobody else loads");
        };
        invalidate(&cache, by).await;
        settle().await;
        let served = loading.fail();
        assert!(served.is_none() || matches!(by, By::Key), "{by:?}");
        assert_eq!(cache.get::<u32>("shop:tea").await, None, "{by:?}");
    }
}

#[tokio::test]
async fn more_patterns_than_there_is_room_for_strike_all_the_same() {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    for n in 0..70 {
        cache.insert(&format!("{n}:tea"), n, MINUTE).await;
    }
    for n in 0..70 {
        // Nothing is swept in between, since nothing is awaited.
        cache.invalidate_matching(format!("{n}:*").as_str()).await;
    }
    for n in 0..70 {
        assert_eq!(cache.get_local::<i32>(&format!("{n}:tea")), None, "{n}");
    }
    cache.insert("1:tea", 7, MINUTE).await;
    assert_eq!(cache.get_local::<i32>("1:tea").as_deref(), Some(&7));
}

#[tokio::test]
async fn an_escaped_key_part_strikes_no_other_key() {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    for name in ["*", "[ab]", "a?", "a\\", "^-"] {
        let (mine, other) = (format!("user:{name}:cart"), "user:ab:cart");
        cache.insert(&mine, 1_u32, MINUTE).await;
        cache.insert(other, 1_u32, MINUTE).await;
        let pattern = format!("user:{}:*", Pattern::escape(name));
        cache.invalidate_matching(pattern.as_str()).await;
        assert_eq!(cache.get_local::<u32>(&mine), None, "{name}");
        assert!(cache.get_local::<u32>(other).is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_hundred_thousand_tags_are_forgotten_and_still_strike() {
    const TAGS: u32 = 100_000;
    let cache = Cache::builder().build().await.expect("defaults are valid");
    let tagged = |n: u32| Policy::ttl(60 * MINUTE).tag(format!("user {n}"));
    for n in [0, 1, TAGS - 1] {
        cache.insert(&n.to_string(), n, tagged(n)).await;
    }
    cache.insert("plain", 1_u32, 60 * MINUTE).await;
    let Claim::Load(loading) = cache.claim::<u32>("late").await else {
        panic!("nobody else loads");
    };
    for n in 0..TAGS {
        cache.invalidate_tag(&format!("user {n}")).await;
    }
    for n in [0, 1, TAGS - 1] {
        assert_eq!(cache.get_local::<u32>(&n.to_string()), None, "{n}");
    }
    loading.finish(1, tagged(0));
    assert_eq!(cache.get_local::<u32>("late"), None, "its tag was invalidated and is forgotten");
    assert!(cache.get_local::<u32>("plain").is_some(), "what has no tag stays");
    cache.insert("0", 1_u32, tagged(0)).await;
    assert!(cache.get_local::<u32>("0").is_some());
}

#[tokio::test]
async fn what_a_pattern_strikes_is_freed_without_being_asked_for() {
    let cache = Cache::builder().build().await.expect("defaults are valid");
    for n in 0..1_000 {
        cache.insert(&format!("shop:{n}"), "x".repeat(1_000), MINUTE).await;
    }
    cache.insert("other", 1_u32, MINUTE).await;
    assert!(cache.local_bytes() > 1_000_000);
    cache.invalidate_matching("shop:*").await;
    let freed = async {
        while cache.local_bytes() > 10_000 {
            yield_now().await;
        }
    };
    tokio::time::timeout(MINUTE, freed).await.expect("it is freed");
    assert!(cache.get_local::<u32>("other").is_some());
}
