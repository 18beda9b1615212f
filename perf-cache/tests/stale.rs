//! Values past their time: who is served one, while it is loaded anew and when that fails.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Claim, LoadError, Loaded, Policy, Previous};
use perf_core::time::testing::{Following, follow};
use perf_core::{Label, Recorder};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, advance};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A cache in process, whose clock is that of the paused runtime.
async fn paused() -> (Cache, Following) {
    let started = Instant::now();
    let following = follow(move || started.elapsed());
    (Cache::builder().build().await.expect("defaults are valid"), following)
}

/// Fresh for a minute.
fn minute() -> Policy {
    Policy::ttl(MINUTE).jitter(0.0)
}

/// Lets all that can run now do so.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[derive(Clone, Copy, Debug)]
enum Loader {
    Answers,
    Fails,
    Panics,
    Hangs,
}

/// A source of numbers that counts how often it is asked.
#[derive(Clone, Default)]
struct Source {
    asked: Arc<AtomicU32>,
}

impl Source {
    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    async fn ask(
        &self,
        cache: &Cache,
        policy: &Policy,
        loader: Loader,
    ) -> Result<u32, LoadError<&'static str>> {
        let asked = self.asked.clone();
        let load = move || async move {
            let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
            match loader {
                Loader::Answers => Ok(number),
                Loader::Fails => Err("closed"),
                Loader::Panics => panic!("no leaves"),
                Loader::Hangs => pending().await,
            }
        };
        cache.try_get_or_load("tea", policy, load).await.map(|value| *value)
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_value_is_served_at_once_and_loaded_once_in_the_background() {
    let ((cache, _clock), source) = (paused().await, Source::default());
    let policy = minute().stale_while_revalidate(MINUTE);
    assert_eq!(source.ask(&cache, &policy, Loader::Answers).await.ok(), Some(1));
    advance(90 * SECOND).await;
    let before = Instant::now();
    for _ in 0..10 {
        assert_eq!(source.ask(&cache, &policy, Loader::Answers).await.ok(), Some(1));
    }
    assert_eq!((before.elapsed(), source.asked()), (Duration::ZERO, 1), "no load has begun yet");
    settle().await;
    assert_eq!(source.asked(), 2);
    assert_eq!(source.ask(&cache, &policy, Loader::Answers).await.ok(), Some(2));
    advance(2 * MINUTE).await;
    assert_eq!(source.ask(&cache, &policy, Loader::Answers).await.ok(), Some(3), "past the window");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_goes_on_when_its_caller_is_dropped() {
    let ((cache, _clock), gate) = (paused().await, Arc::new(Notify::new()));
    let policy = minute().stale_while_revalidate(MINUTE);
    cache.insert("tea", 1_u32, &policy).await;
    advance(90 * SECOND).await;
    let (asking, open) = (cache.clone(), gate.clone());
    let caller = tokio::spawn(async move {
        let load = || async move {
            open.notified().await;
            2_u32
        };
        _ = asking.get_or_load("tea", policy, load).await;
        pending::<()>().await;
    });
    settle().await;
    caller.abort();
    assert!(caller.await.is_err_and(|error| error.is_cancelled()));
    gate.notify_one();
    settle().await;
    assert_eq!(cache.get_local::<u32>("tea").as_deref(), Some(&2));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_there_is_not_served_stale_after_its_refresh() {
    let (cache, _clock) = paused().await;
    let policy = minute().stale_while_revalidate(10 * MINUTE);
    cache.insert("tea", 1_u32, &policy).await;
    advance(90 * SECOND).await;
    let gone = || {
        cache.load_with("tea", &policy, |_| async { Ok::<_, Infallible>(Loaded::<u32>::absent()) })
    };
    assert_eq!(gone().await.expect("it loads").as_deref(), Some(&1));
    settle().await;
    assert_eq!(cache.get::<u32>("tea").await, None);
    assert_eq!(gone().await.expect("it loads"), None);
}

#[tokio::test(start_paused = true)]
async fn when_the_loader_fails_the_stale_value_is_served_until_its_window_is_over() {
    for (loader, swr) in [
        (Loader::Fails, 0),
        (Loader::Panics, 0),
        (Loader::Hangs, 0),
        (Loader::Fails, 1),
        (Loader::Panics, 1),
        (Loader::Hangs, 1),
    ] {
        let ((cache, _clock), source) = (paused().await, Source::default());
        let policy = minute()
            .stale_while_revalidate(swr * MINUTE)
            .stale_if_error(100 * SECOND)
            .hard_timeout(2 * SECOND);
        cache.insert("tea", 100_u32, &policy).await;
        advance(61 * SECOND).await;
        let asked = source.ask(&cache, &policy, loader).await;
        assert_eq!(asked.ok(), Some(100), "{loader:?} {swr}");
        settle().await;
        advance(3 * SECOND).await;
        settle().await;
        for _ in 0..5 {
            let asked = source.ask(&cache, &policy, loader).await;
            assert_eq!(asked.ok(), Some(100), "{loader:?} {swr}");
        }
        assert_eq!(source.asked(), 1, "it backs off: {loader:?} {swr}");

        // A tenth of the window later it tries again.
        advance(11 * SECOND).await;
        assert_eq!(source.ask(&cache, &policy, loader).await.ok(), Some(100));
        settle().await;
        advance(3 * SECOND).await;
        settle().await;
        assert_eq!(source.asked(), 2, "{loader:?} {swr}");
        // And when the source is back, so is its value.
        advance(11 * SECOND).await;
        _ = source.ask(&cache, &policy, Loader::Answers).await;
        settle().await;
        assert_eq!(source.ask(&cache, &policy, loader).await.ok(), Some(3), "{loader:?} {swr}");

        advance(161 * SECOND).await;
        let asked = source.ask(&cache, &policy, loader).await;
        assert!(asked.is_err(), "past its window: {loader:?} {swr} {asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_of_a_fresh_value_takes_nothing_away() {
    let ((cache, _clock), source) = (paused().await, Source::default());
    let policy = minute().refresh_at(0.5);
    cache.insert("tea", 100_u32, &policy).await;
    advance(40 * SECOND).await;
    for loader in [Loader::Fails, Loader::Panics] {
        assert_eq!(source.ask(&cache, &policy, loader).await.ok(), Some(100));
        settle().await;
        assert_eq!(cache.get::<u32>("tea").await.as_deref(), Some(&100));
        advance(SECOND).await;
    }
    assert_eq!(source.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_answer_counts_once_whatever_its_load_comes_to() {
    let ((cache, _clock), source) = (paused().await, Source::default());
    let recorder = Recorder::builder().build();
    let asking = async {
        let policy = minute().refresh_at(0.5).stale_while_revalidate(MINUTE);
        let policy = policy.stale_if_error(10 * MINUTE);
        cache.insert("tea", 100_u32, &policy).await;
        // Fresh, stale while it is loaded, and stale because that failed.
        for age in [40 * SECOND, 60 * SECOND, 60 * SECOND] {
            advance(age).await;
            assert_eq!(source.ask(&cache, &policy, Loader::Fails).await.ok(), Some(100));
            settle().await;
        }
    };
    recorder.scope(Label::job("tea")).run(asking).await;
    let stats = &recorder.snapshot().caches[0];
    // The third misses first, since nothing may be served before its load has failed.
    assert_eq!((stats.local.hits, stats.local.misses, stats.local.stale), (1, 1, 2));
    assert_eq!((stats.loader.errors, stats.loader.hits), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn after_the_soft_timeout_the_stale_value_is_served_and_the_load_goes_on() {
    let (cache, _clock) = paused().await;
    let policy = minute().stale_if_error(10 * MINUTE).soft_timeout(SECOND);
    cache.insert("tea", 1_u32, &policy).await;
    advance(2 * MINUTE).await;
    let load = || async {
        tokio::time::sleep(5 * SECOND).await;
        2_u32
    };
    for _ in 0..3 {
        let before = Instant::now();
        let served = cache.get_or_load("tea", &policy, load).await.expect("a stale value is there");
        // The timers of Tokio are exact to a millisecond.
        let waited = before.elapsed();
        assert!(waited >= SECOND && waited < SECOND + Duration::from_millis(5), "{waited:?}");
        assert_eq!(*served, 1);
    }
    tokio::time::sleep(3 * SECOND).await;
    assert_eq!(cache.get_local::<u32>("tea").as_deref(), Some(&2), "it was the first load's");
}

#[tokio::test(start_paused = true)]
async fn without_a_stale_value_the_soft_timeout_means_nothing() {
    let (cache, _clock) = paused().await;
    let policy = minute().stale_if_error(10 * MINUTE).soft_timeout(SECOND);
    let load = || async {
        tokio::time::sleep(5 * SECOND).await;
        2_u32
    };
    assert_eq!(*cache.get_or_load("tea", policy, load).await.expect("it waits"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_load_past_its_hard_timeout_is_dropped_and_an_error_to_all_who_wait() {
    let (cache, _clock) = paused().await;
    let policy = minute().hard_timeout(2 * SECOND);
    let alive = Arc::new(());
    let ask = || {
        let held = alive.clone();
        let load = move || async move {
            pending::<()>().await;
            drop(held);
            1_u32
        };
        cache.get_or_load("tea", &policy, load)
    };
    let (first, second) = tokio::join!(ask(), ask());
    for outcome in [first, second] {
        match outcome {
            Err(LoadError::TimedOut { limit }) => assert_eq!(limit, 2 * SECOND),
            other => panic!("{other:?}"),
        }
    }
    settle().await;
    assert_eq!(Arc::strong_count(&alive), 1, "the loads are gone");
    let next = cache.get_or_load("tea", policy, || async { 7_u32 }).await;
    assert_eq!(*next.expect("the key is free"), 7);
}

#[tokio::test(start_paused = true)]
async fn a_loader_sees_the_previous_value_and_may_keep_it() {
    let (cache, _clock) = paused().await;
    let policy = minute().stale_if_error(10 * MINUTE);
    let first = cache.insert("tea", "green".to_owned(), &policy).await;
    advance(90 * SECOND).await;
    let found = cache
        .load_with("tea", &policy, |previous: Option<Previous<String>>| async move {
            let previous = previous.ok_or("there is one")?;
            assert_eq!((previous.value().as_str(), previous.age()), ("green", 90 * SECOND));
            Ok::<_, &str>(previous.not_modified().ttl(5 * MINUTE))
        })
        .await;
    let found = found.expect("it loads").expect("there is one");
    assert!(Arc::ptr_eq(&found, &first));
    advance(4 * MINUTE).await;
    let kept = cache.get::<String>("tea").await.expect("it is fresh again");
    assert!(Arc::ptr_eq(&kept, &first));

    cache.invalidate("tea").await;
    let load = |previous: Option<Previous<String>>| async move {
        assert!(previous.is_none(), "what was invalidated is nobody's previous value");
        Ok::<_, Infallible>(Loaded::value("black".to_owned()))
    };
    let found = cache.load_with("tea", policy, load).await.expect("it loads");
    assert_eq!(found.as_deref().map(String::as_str), Some("black"));
}

#[tokio::test(start_paused = true)]
async fn a_claim_loads_a_stale_value_anew_while_the_others_are_served() {
    let (cache, _clock) = paused().await;
    let policy = minute().stale_while_revalidate(MINUTE);
    cache.insert("tea", 1_u32, &policy).await;
    advance(90 * SECOND).await;
    for round in 0..2 {
        let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
            panic!("nobody loads it: {round}");
        };
        assert!(matches!(cache.claim::<u32>("tea").await, Claim::Hit(value) if *value == 1));
        // Dropped during the refresh, it passes to whoever comes next.
        drop(loading);
    }
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody loads it");
    };
    assert_eq!(loading.fail().as_deref(), Some(&1), "the stale one is served");
    assert!(matches!(cache.claim::<u32>("tea").await, Claim::Hit(_)), "it backs off");
    advance(SECOND).await;
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody loads it");
    };
    loading.finish(2_u32, policy);
    assert_eq!(cache.get::<u32>("tea").await.as_deref(), Some(&2));
}
