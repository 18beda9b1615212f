//! Where the time of a scope went: each moment counts once, and the parts add up to the whole.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use perf_core::{
    CallEvent, CallSite, EventOutcome, Fingerprint, FutureExt, Label, Name, QueryEvent, Recorder,
    Split,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

async fn query(duration: Duration) {
    let started = Instant::now();
    sleep(duration).await;
    let statement = Fingerprint::of_static("select 1");
    QueryEvent::new(statement, CallSite::here(), started.elapsed()).record();
}

async fn call(duration: Duration) {
    let started = Instant::now();
    sleep(duration).await;
    CallEvent::new(&Name::new("GET stock /"), started.elapsed(), EventOutcome::Ok).record();
}

/// Runs the future as the only scope of a recorder; what its route and the kept scope tell agree.
async fn split_of(future: impl Future<Output = ()>) -> Split {
    let recorder = Recorder::builder().build();
    let ((), work) = recorder.scope(Label::job("job")).run(future).await;
    let route = &recorder.snapshot().routes[0];
    let kept = &recorder.kept_of(&route.id)[0];
    assert_eq!(route.split, kept.split);
    assert_eq!((kept.split.whole(), kept.elapsed), (work.elapsed(), work.elapsed()));
    route.split
}

#[tokio::test]
async fn statements_at_once_count_each_moment_once() {
    let split = split_of(async {
        join_all((0..20).map(|n| query(ms(20 + n)))).await;
    })
    .await;
    assert!(split.database >= ms(35) && split.database <= split.whole(), "{split:?}");
    assert!(split.whole() < ms(200), "twenty of 20 ms and more took turns: {split:?}");
}

#[tokio::test]
async fn a_call_around_many_statements_counts_for_what_they_leave() {
    let split = split_of(async {
        let statements = async {
            for _ in 0..20 {
                query(ms(2)).await;
                sleep(ms(2)).await;
            }
        };
        tokio::join!(statements, call(ms(200)));
    })
    .await;
    assert!(split.whole() >= ms(200), "{split:?}");
    assert!(split.database >= ms(40), "{split:?}");
    // Both together are the call, which is all there was but for the code.
    let covered = split.database + split.outgoing + split.cpu + split.scheduler;
    assert!(covered + ms(20) > split.whole(), "{split:?}");
    assert!(split.database.as_secs_f64() < 0.6 * split.whole().as_secs_f64(), "{split:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spawned_future_that_is_taken_along_waits_for_its_scope() {
    let split = split_of(async {
        tokio::spawn(query(ms(30)).in_current_scope()).await.expect("no panic");
    })
    .await;
    assert!(split.database >= ms(28), "{split:?}");
    assert!(split.rest < split.database, "{split:?}");
}

#[tokio::test]
async fn a_blocked_thread_between_wake_and_poll_is_the_schedulers_time() {
    let (wake, woken) = oneshot::channel();
    let scope = tokio::spawn(split_of(async { woken.await.expect("sent") }));
    // Lets the scope begin and wait.
    sleep(ms(5)).await;
    wake.send(()).expect("waited for");
    thread::sleep(ms(50));
    let split = scope.await.expect("no panic");
    assert!(split.scheduler >= ms(48), "{split:?}");
    assert!(split.cpu < ms(10), "{split:?}");
}

#[tokio::test]
async fn a_scope_that_is_spawned_and_not_yet_polled_waits_for_the_scheduler() {
    let recorder = Recorder::builder().build();
    let scope = tokio::spawn(recorder.scope(Label::job("job")).run(async {}));
    thread::sleep(ms(50));
    scope.await.expect("no panic");
    let split = recorder.snapshot().routes[0].split;
    assert!(split.scheduler >= ms(48), "{split:?}");
    assert!(split.cpu < ms(10), "{split:?}");
}

#[tokio::test]
async fn work_in_the_code_is_the_codes_time() {
    let split = split_of(async { thread::sleep(ms(30)) }).await;
    assert!(split.cpu >= ms(29) && split.rest < ms(5), "{split:?}");
}

#[test]
fn a_statement_that_blocks_a_closure_is_the_databases_time() {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("job")).run_sync(|| {
        thread::sleep(ms(10));
        thread::sleep(ms(30));
        let statement = Fingerprint::of_static("select 1");
        QueryEvent::new(statement, CallSite::here(), ms(30)).record();
    });
    let split = recorder.snapshot().routes[0].split;
    assert_eq!((split.database, split.rest), (ms(30), ms(0)), "{split:?}");
    assert!(split.cpu >= ms(10), "{split:?}");
}

/// The task that polls the body.
struct Connection;

impl Wake for Connection {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_client_that_reads_slowly_is_not_the_schedulers_time() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    let task = Waker::from(Arc::new(Connection));
    let cx = &mut Context::from_waker(&task);
    let mut left_over = None;
    _ = scope.poll(cx, |cx| {
        left_over = Some(cx.waker().clone());
        Poll::<()>::Pending
    });
    _ = scope.poll(cx, |_| Poll::Ready("the first piece"));
    // Of something that is no longer waited for.
    left_over.expect("just set").wake();
    thread::sleep(ms(30));
    _ = scope.poll(cx, |_| Poll::Ready("the second piece, when there was room for it"));
    let (split, _) = scope.so_far();
    assert!(split.scheduler < ms(5) && split.rest >= ms(29), "{split:?}");
}
