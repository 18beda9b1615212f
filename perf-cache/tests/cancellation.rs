//! Callers, leaders and whole runtimes that go away in the middle of a load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use perf_cache::{Cache, Claim, LoadError};
use tokio::runtime;
use tokio::sync::Notify;
use tokio::task::yield_now;

const MINUTE: Duration = Duration::from_secs(60);

async fn in_process() -> Cache {
    Cache::builder().build().await.expect("defaults are valid")
}

/// Tells when the load that owns it is gone.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_load_goes_on_when_its_caller_is_cancelled_and_another_waits() {
    let (cache, gate) = (in_process().await, Arc::new(Notify::new()));
    let ask = |answer: u32| {
        let (cache, gate) = (cache.clone(), gate.clone());
        tokio::spawn(async move {
            let load = move || async move {
                gate.notified().await;
                answer
            };
            cache.get_or_load("tea", MINUTE, load).await
        })
    };
    let first = ask(1);
    yield_now().await;
    let second = ask(2);
    yield_now().await;
    first.abort();
    assert!(first.await.expect_err("it is aborted").is_cancelled());
    gate.notify_one();
    let value = second.await.expect("no panic").expect("the load ends");
    assert_eq!(*value, 1, "the first caller's load is the one that ended");
}

#[tokio::test]
async fn a_load_that_nobody_awaits_is_stopped_and_its_key_is_free() {
    let (cache, gone) = (in_process().await, Arc::new(Notify::new()));
    let (asking, dropped) = (cache.clone(), Dropped(gone.clone()));
    let caller = tokio::spawn(async move {
        let load = move || async move {
            let _dropped = dropped;
            std::future::pending::<u32>().await
        };
        asking.get_or_load("tea", MINUTE, load).await
    });
    yield_now().await;
    yield_now().await;
    caller.abort();
    gone.notified().await;
    let value = cache.get_or_load("tea", MINUTE, || async { 7_u32 }).await;
    assert_eq!(*value.expect("it loads"), 7);
}

#[tokio::test]
async fn a_cancelled_claim_passes_to_exactly_one_of_those_who_wait() {
    let (cache, loads) = (in_process().await, Arc::new(AtomicUsize::new(0)));
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let (cache, loads) = (cache.clone(), loads.clone());
            tokio::spawn(async move {
                match cache.claim("tea").await {
                    Claim::Load(loading) => {
                        loads.fetch_add(1, Ordering::Relaxed);
                        yield_now().await;
                        *loading.finish(7, MINUTE)
                    }
                    Claim::Hit(value) => *value,
                    other => panic!("{other:?}"),
                }
            })
        })
        .collect();
    yield_now().await;
    drop(loading);
    for waiter in waiting {
        assert_eq!(waiter.await.expect("no panic"), 7);
    }
    assert_eq!(loads.load(Ordering::Relaxed), 1);
}

#[test]
fn callers_on_another_runtime_load_for_themselves_when_the_loaders_runtime_is_shut_down() {
    let build = || runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let (first, second) = (build().expect("a runtime"), build().expect("a runtime"));
    let cache = first.block_on(in_process());
    let started = Arc::new(Notify::new());

    let (asking, loading) = (cache.clone(), started.clone());
    let leader = first.spawn(async move {
        let load = || async move {
            loading.notify_one();
            std::future::pending::<u32>().await
        };
        asking.get_or_load("tea", MINUTE, load).await
    });
    second.block_on(started.notified());
    let follower =
        second.spawn(async move { cache.get_or_load("tea", MINUTE, || async { 7_u32 }).await });
    first.shutdown_background();
    let value = second.block_on(follower).expect("no panic").expect("it loads");
    assert_eq!(*value, 7);
    assert!(second.block_on(leader).is_err_and(|error| error.is_cancelled()));
}

#[test]
fn a_caller_whose_loader_is_shut_down_is_told_so() {
    let loaders = runtime::Runtime::new().expect("a runtime");
    let callers = runtime::Runtime::new().expect("a runtime");
    let cache = callers.block_on(in_process());
    let started = Arc::new(Notify::new());
    let loading = started.clone();
    let mut caller = Box::pin(async move {
        let load = || async move {
            loading.notify_one();
            std::future::pending::<u32>().await
        };
        cache.get_or_load("tea", MINUTE, load).await
    });
    loaders.block_on(async {
        tokio::select! {
            _ = &mut caller => panic!("the load never ends"),
            () = started.notified() => {}
        }
    });
    loaders.shutdown_background();
    let outcome = callers.block_on(caller);
    assert!(matches!(outcome, Err(LoadError::Stopped)), "{outcome:?}");
}
