//! Many callers ask for a key that no tier has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use perf_cache::{Cache, Claim, LoadError};
use perf_core::{Label, Recorder};
use tokio::sync::Notify;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the shop is closed")]
struct Closed;

async fn in_process() -> Cache {
    Cache::builder().build().await.expect("defaults are valid")
}

#[tokio::test]
async fn a_thousand_callers_run_one_loader_and_are_counted_once_each() {
    let (cache, loads) = (in_process().await, Arc::new(AtomicUsize::new(0)));
    let callers = (0..1_000).map(|_| {
        let loads = loads.clone();
        cache.get_or_load("tea", MINUTE, move || async move {
            loads.fetch_add(1, Ordering::Relaxed);
            7
        })
    });
    let recorder = Recorder::builder().build();
    let (values, _) = recorder.scope(Label::job("rush")).run(join_all(callers)).await;

    assert!(values.into_iter().all(|value| *value.expect("it loads") == 7));
    assert_eq!(loads.load(Ordering::Relaxed), 1);
    let stats = &recorder.snapshot().caches[0];
    assert_eq!((stats.local.hits, stats.local.misses), (0, 1_000));
    assert_eq!((stats.loader.hits, stats.loader.coalesced), (1, 999));
    assert_eq!(stats.remote.misses, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_that_race_for_a_key_run_its_loader_once() {
    let cache = in_process().await;
    for round in 0..500 {
        let loads = Arc::new(AtomicUsize::new(0));
        let key = format!("round {round}");
        let callers = (0..8).map(|_| {
            let (cache, loads, key) = (cache.clone(), loads.clone(), key.clone());
            tokio::spawn(async move {
                let load = move || async move { loads.fetch_add(1, Ordering::Relaxed) };
                cache.get_or_load(&key, MINUTE, load).await.map(|value| *value)
            })
        });
        for value in join_all(callers).await {
            assert_eq!(value.expect("no caller panics").expect("it loads"), 0);
        }
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn callers_of_other_keys_do_not_wait() {
    let (cache, gate) = (in_process().await, Arc::new(Notify::new()));
    let (held, open) = (cache.clone(), gate.clone());
    let slow = tokio::spawn(async move {
        held.get_or_load("slow", MINUTE, || async move { open.notified().await }).await
    });
    tokio::task::yield_now().await;
    let quick = cache.get_or_load("quick", MINUTE, || async { 1 }).await;
    assert_eq!(*quick.expect("it loads"), 1);
    gate.notify_one();
    slow.await.expect("no panic").expect("it loads");
}

#[tokio::test]
async fn an_error_reaches_every_caller_and_is_not_kept() {
    let cache = in_process().await;
    let callers = (0..10)
        .map(|_| cache.try_get_or_load::<u32, _, _, _>("tea", MINUTE, || async { Err(Closed) }));
    let errors: Vec<_> = join_all(callers)
        .await
        .into_iter()
        .map(|outcome| match outcome {
            Err(LoadError::Failed(error)) => error,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(errors.iter().all(|error| Arc::ptr_eq(error, &errors[0])));
    let retry = cache.try_get_or_load("tea", MINUTE, || async { Ok::<_, Closed>(7_u32) });
    assert_eq!(*retry.await.expect("the next load succeeds"), 7);
}

#[tokio::test]
async fn a_panic_is_an_error_to_every_caller_and_the_next_loads_again() {
    let cache = in_process().await;
    let callers = (0..10)
        .map(|_| cache.get_or_load::<u32, _, _>("tea", MINUTE, || async { panic!("no leaves") }));
    for outcome in join_all(callers).await {
        match outcome {
            Err(LoadError::Panicked { message }) => assert_eq!(&*message, "no leaves"),
            other => panic!("{other:?}"),
        }
    }
    let retry = cache.get_or_load("tea", MINUTE, || async { 7 }).await;
    assert_eq!(*retry.expect("the next load succeeds"), 7);
}

#[tokio::test]
async fn a_caller_of_another_type_loads_its_own_value() {
    let cache = in_process().await;
    let number = cache.get_or_load("tea", MINUTE, || async { 7_u32 });
    let text = cache.get_or_load("tea", MINUTE, || async { "seven".to_owned() });
    let (number, text) = tokio::join!(number, text);
    assert_eq!(*number.expect("it loads"), 7);
    assert_eq!(*text.expect("it loads"), "seven");
}

#[tokio::test]
async fn those_who_wait_for_a_claim_get_its_value() {
    let cache = in_process().await;
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    let waiting = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("tea", MINUTE, || async { 0_u32 }).await }
    });
    tokio::task::yield_now().await;
    loading.finish(7, MINUTE);
    assert_eq!(*waiting.await.expect("no panic").expect("it loads"), 7);
}

#[tokio::test]
async fn after_a_failed_claim_all_who_waited_load_at_once() {
    let cache = in_process().await;
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.claim::<u32>("tea").await })
        })
        .collect();
    tokio::task::yield_now().await;
    loading.fail();
    // Each holds its own loading, and none has finished: they do not wait for each other.
    let claims = join_all(waiting).await;
    assert!(claims.iter().all(|claim| matches!(claim, Ok(Claim::Load(_)))));
}
