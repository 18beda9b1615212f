//! However a load ends, its flight leaves the table, and nobody waits for it any longer.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::runtime;
use tokio::task::yield_now;

use super::*;
use crate::fence::{Authority, Ledger};
use crate::{Cache, Claim, LoadError, Loaded, Policy};

const MINUTE: Duration = Duration::from_secs(60);

fn flights() -> Flights {
    Flights::new(Arc::new(Ledger::new(Authority::Process)))
}

fn lead(flights: &Flights) -> Lead {
    match flights.board("tea", &[], Pace::Async, || None::<()>) {
        Boarding::Lead(lead) => lead,
        _ => panic!("nobody else leads"),
    }
}

fn follow(flights: &Flights) -> Follow {
    match flights.board("tea", &[], Pace::Async, || None::<()>) {
        Boarding::Follow(follow) => follow,
        _ => panic!("somebody leads"),
    }
}

/// A flight led by a task that never ends, and the place of the caller who began it.
fn detached(flights: &Flights) -> (Follow, tokio::task::JoinHandle<()>) {
    let lead = lead(flights);
    let place = lead.follow();
    let task = tokio::spawn(async move {
        let _lead = lead;
        pending::<()>().await;
    });
    place.led_by(Task::leading(task.abort_handle(), 1));
    (place, task)
}

async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

/// Polls a future once and drops it.
async fn touch(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

fn in_process() -> Cache {
    Cache::builder().in_process()
}

#[test]
fn a_flight_leaves_the_table_however_its_lead_ends() {
    let flights = flights();
    lead(&flights).land(Outcome::Absent, || ());
    assert_eq!(flights.in_air(), 0, "landed");

    drop(lead(&flights));
    assert_eq!(flights.in_air(), 0, "abandoned");

    let panicking = AssertUnwindSafe(|| {
        let _lead = lead(&flights);
        panic!("on board");
    });
    assert!(catch_unwind(panicking).is_err());
    assert_eq!(flights.in_air(), 0, "panicked");

    let fenced = lead(&flights);
    flights.fence("tea", || ());
    assert_eq!(flights.in_air(), 0, "fenced");
    let successor = lead(&flights);
    drop(fenced);
    assert_eq!(flights.in_air(), 1, "a fenced flight does not take its successor along");
    drop(successor);

    let alone = flights.alone("tea", &[]);
    assert_eq!(flights.in_air(), 0, "beside the table");
    assert!(alone.land(Outcome::Absent, || ()));
}

#[tokio::test]
async fn a_load_is_stopped_when_its_last_follower_leaves_and_not_before() {
    let flights = flights();
    let (first, task) = detached(&flights);
    let second = follow(&flights);
    drop(first);
    settle().await;
    assert_eq!((flights.in_air(), task.is_finished()), (1, false));
    drop(second);
    assert_eq!(flights.in_air(), 0, "deserted");
    assert!(task.await.is_err_and(|error| error.is_cancelled()));
}

#[tokio::test]
async fn a_load_that_is_let_fly_is_not_stopped() {
    let flights = flights();
    let (first, task) = detached(&flights);
    first.let_it_fly();
    drop(follow(&flights));
    settle().await;
    assert_eq!((flights.in_air(), task.is_finished()), (1, false));
    task.abort();
    _ = task.await;
    assert_eq!(flights.in_air(), 0);
}

#[tokio::test]
async fn callers_that_are_dropped_at_any_point_leave_no_flight() {
    let cache = in_process();
    let flights = &cache.inner.flights;
    let never = || pending::<u32>();

    touch(cache.get_or_load("tea", MINUTE, never)).await;
    assert_eq!(flights.in_air(), 0, "before the load has begun");

    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    touch(cache.get_or_load("tea", MINUTE, never)).await;
    touch(cache.claim::<u32>("tea")).await;
    assert_eq!(flights.in_air(), 1, "followers do not end a claim");
    drop(loading);
    assert_eq!(flights.in_air(), 0);

    let asking = cache.clone();
    let caller = tokio::spawn(async move { asking.get_or_load("tea", MINUTE, never).await });
    settle().await;
    touch(cache.get_or_load("tea", MINUTE, never)).await;
    assert_eq!(flights.in_air(), 1, "somebody waits");
    caller.abort();
    _ = caller.await;
    assert_eq!(flights.in_air(), 0, "nobody waits");
}

#[tokio::test(start_paused = true)]
async fn loads_that_fail_in_any_way_leave_no_flight() {
    let cache = in_process();
    let policy = Policy::ttl(MINUTE).hard_timeout(MINUTE);
    let load = |ending: u32| {
        let load = move |_| async move {
            match ending {
                0 => Ok(Loaded::value(1_u32).ttl(Duration::ZERO)),
                1 => Ok(Loaded::absent()),
                2 => Err("closed"),
                3 => panic!("no leaves"),
                _ => pending().await,
            }
        };
        cache.load_with("tea", &policy, load)
    };
    for ending in 0..5 {
        let outcome = load(ending).await;
        let is_right = match ending {
            0 => outcome.is_ok_and(|value| value.is_some()),
            1 => outcome.is_ok_and(|value| value.is_none()),
            2 => matches!(outcome, Err(LoadError::Failed(_))),
            3 => matches!(outcome, Err(LoadError::Panicked { .. })),
            _ => matches!(outcome, Err(LoadError::TimedOut { .. })),
        };
        assert!(is_right, "{ending}");
        assert_eq!(cache.inner.flights.in_air(), 0, "{ending}");
    }
}

#[tokio::test]
async fn refreshes_leave_no_flight_whatever_becomes_of_them() {
    let cache = in_process();
    // Asked for, it is loaded anew each time.
    let policy = Policy::ttl(MINUTE).refresh_at(0.0).stale_if_error(MINUTE);
    for ending in 0..4 {
        cache.insert("tea", 1_u32, &policy).await;
        let load = move |_| async move {
            match ending {
                0 => Ok(Loaded::value(2_u32)),
                1 => Ok(Loaded::absent()),
                2 => Err("closed"),
                _ => panic!("no leaves"),
            }
        };
        let served = cache.load_with("tea", &policy, load).await;
        assert_eq!(served.expect("it is fresh").as_deref(), Some(&1));
        assert_eq!(cache.inner.flights.in_air(), 1, "{ending}");
        settle().await;
        assert_eq!(cache.inner.flights.in_air(), 0, "{ending}");
    }
    cache.insert("tea", 1_u32, &policy).await;
    let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
        panic!("nobody else loads");
    };
    drop(loading);
    assert_eq!(cache.inner.flights.in_air(), 0, "a claim");
}

#[tokio::test]
async fn an_invalidation_leaves_no_flight_behind() {
    let cache = in_process();
    let policy = Policy::ttl(MINUTE).tag("drinks");
    for by in 0..4 {
        let Claim::Load(loading) = cache.claim::<u32>("tea").await else {
            panic!("nobody else loads");
        };
        match by {
            0 => cache.invalidate("tea").await,
            1 => cache.invalidate_tag("drinks").await,
            2 => cache.invalidate_matching("t*").await,
            _ => cache.invalidate_all().await,
        }
        let load = move |_| async move { Ok::<_, Infallible>(Loaded::value(2_u32)) };
        let follower = cache.load_with("tea", &policy, load);
        let ((), follower) = tokio::join!(
            async {
                yield_now().await;
                loading.finish(1, &policy);
            },
            follower
        );
        let follower = follower.expect("it loads");
        // A claim has no tags before it ends, so its follower learns of them then.
        assert_eq!(follower.as_deref(), Some(&2), "{by}");
        settle().await;
        assert_eq!(cache.inner.flights.in_air(), 0, "{by}");
        cache.invalidate("tea").await;
    }
}

#[test]
fn a_runtime_that_is_shut_down_takes_its_flights_along() {
    let cache = in_process();
    let loaders = runtime::Builder::new_current_thread().build().expect("a runtime");
    loaders.block_on(async {
        let policy = Policy::ttl(MINUTE).refresh_at(0.0);
        cache.insert("coffee", 1_u32, &policy).await;
        cache.get_or_load("coffee", policy, pending::<u32>).await.expect("it is fresh");
        let asking = cache.clone();
        tokio::spawn(async move { asking.get_or_load("tea", MINUTE, pending::<u32>).await });
        settle().await;
    });
    assert_eq!(cache.inner.flights.in_air(), 2);
    drop(loaders);
    assert_eq!(cache.inner.flights.in_air(), 0);
}

#[test]
fn what_was_asked_for_before_a_fence_is_not_kept() {
    let flights = flights();
    let (mut kept, watch) = (Vec::new(), flights.watch("tea"));
    flights.unless_fenced("tea", watch, || kept.push("before"));
    flights.fence("tea", || ());
    flights.unless_fenced("tea", watch, || kept.push("after a fence of the key"));
    let watch = flights.watch("tea");
    flights.unless_fenced("tea", watch, || kept.push("asked again"));
    flights.fence_matching(|_, _| false);
    flights.unless_fenced("tea", watch, || kept.push("after a fence of all keys"));
    assert_eq!(kept, ["before", "asked again"]);
}
