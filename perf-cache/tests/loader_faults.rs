//! Loaders and values that misbehave.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use perf_cache::{Cache, Claim, LoadError, Policy};
use serde::{Deserialize, Serialize, Serializer};
use tokio::task::yield_now;

const MINUTE: Duration = Duration::from_secs(60);

async fn in_process() -> Cache {
    Cache::builder().build().await.expect("defaults are valid")
}

/// Cannot be walked through.
#[derive(Debug, PartialEq, Deserialize)]
struct Thorny(u32);

impl Serialize for Thorny {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("it stings")
    }
}

#[tokio::test]
async fn a_value_that_panics_while_it_is_weighed_is_given_to_all_and_kept() {
    let cache = in_process().await;
    let ask = || cache.get_or_load("tea", MINUTE, || async { Thorny(7) });
    let (first, second) = tokio::join!(ask(), ask());
    for value in [first, second] {
        assert_eq!(*value.expect("it loads"), Thorny(7));
    }
    assert_eq!(cache.get_local::<Thorny>("tea").as_deref(), Some(&Thorny(7)));
    cache.insert("tea", Thorny(8), MINUTE).await;
    assert_eq!(cache.get_local::<Thorny>("tea").as_deref(), Some(&Thorny(8)));
    cache.invalidate("tea").await;
    let Claim::Load(loading) = cache.claim::<Thorny>("tea").await else {
        panic!("it is gone");
    };
    loading.finish(Thorny(9), MINUTE);
    assert_eq!(cache.get_local::<Thorny>("tea").as_deref(), Some(&Thorny(9)));
}

#[tokio::test]
async fn a_loader_that_panics_before_its_first_await_is_a_panicked_loader() {
    let cache = in_process().await;
    let leaves = std::hint::black_box(0);
    let load = move || {
        assert!(leaves > 0, "no leaves");
        async { 7_u32 }
    };
    match cache.get_or_load("tea", MINUTE, load).await {
        Err(LoadError::Panicked { message }) => assert_eq!(&*message, "no leaves"),
        other => panic!("{other:?}"),
    }
}

/// Panics when it is dropped, unless its thread is panicking already.
struct Brittle;

impl Drop for Brittle {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "it breaks");
    }
}

#[tokio::test]
async fn a_loader_that_panics_in_its_destructor_blocks_nobody() {
    let cache = in_process().await;
    let asking = cache.clone();
    let caller = tokio::spawn(async move {
        let brittle = Brittle;
        let load = move || async move {
            let _brittle = brittle;
            pending::<u32>().await
        };
        asking.get_or_load("tea", Policy::ttl(MINUTE), load).await
    });
    for _ in 0..5 {
        yield_now().await;
    }
    caller.abort();
    _ = caller.await;
    let next = cache.get_or_load("tea", MINUTE, || async { 7_u32 }).await;
    assert_eq!(*next.expect("the key is free"), 7);
}

#[tokio::test]
async fn who_waits_for_a_claim_whose_holder_panics_loads_at_once() {
    let cache = in_process().await;
    let holder = cache.clone();
    let (has_begun, begun) = tokio::sync::oneshot::channel();
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let holder = tokio::spawn(async move {
        let Claim::Load(_loading) = holder.claim::<u32>("tea").await else {
            panic!("nobody else loads");
        };
        has_begun.send(()).expect("somebody listens");
        _ = gone.await;
        panic!("no leaves");
    });
    begun.await.expect("it begins");
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.claim::<u32>("tea").await })
        })
        .collect();
    yield_now().await;
    go.send(()).expect("the holder waits");
    assert!(holder.await.is_err_and(|error| error.is_panic()));
    // Each holds its own loading, and none has finished: they do not wait for each other.
    let held = tokio::time::timeout(MINUTE, join_all(waiting)).await.expect("nobody waits");
    assert!(held.iter().all(|claim| matches!(claim, Ok(Claim::Load(_)))), "{held:?}");
}

#[tokio::test]
async fn a_loader_asks_the_cache_for_other_keys() {
    let (cache, has_run) = (in_process().await, Arc::new(AtomicBool::new(false)));
    let (inner, flag) = (cache.clone(), has_run.clone());
    let load = move || async move {
        let part = inner.get_or_load("leaf", MINUTE, || async { 3_u32 }).await;
        inner.invalidate_tag("unrelated").await;
        inner.invalidate_matching("pot:*").await;
        flag.store(true, Ordering::Relaxed);
        *part.expect("it loads") * 2
    };
    assert_eq!(*cache.get_or_load("tea", MINUTE, load).await.expect("it loads"), 6);
    assert!(has_run.load(Ordering::Relaxed));
    assert_eq!(cache.get_local::<u32>("tea").as_deref(), Some(&6), "it is kept all the same");
}
