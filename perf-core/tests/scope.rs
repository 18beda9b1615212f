//! A scope closes exactly once, whatever happens to its future (guarantee G6), and work reaches
//! the scope that it belongs to.

use std::future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use perf_core::{CallSite, Fingerprint, FutureExt, Label, Outcome, QueryEvent, Recorder, Scope};
use tokio::task::{JoinSet, yield_now};

fn query() {
    let fingerprint = Fingerprint::of_static("select 1");
    QueryEvent::new(fingerprint, CallSite::here(), Duration::from_millis(1)).record();
}

async fn query_later() {
    yield_now().await;
    query();
}

struct ReportsOnDrop;

impl Drop for ReportsOnDrop {
    fn drop(&mut self) {
        query();
    }
}

/// The only route of the recorder: closed scopes, those still open, and how they ended.
#[track_caller]
fn ended(recorder: &Recorder, outcome: Outcome) {
    let snapshot = recorder.snapshot();
    let [route] = &*snapshot.routes else { panic!("one route expected: {:?}", snapshot.routes) };
    assert_eq!((route.requests, route.in_flight), (1, 0), "{route:?}");
    assert_eq!(route.outcomes.get(&outcome), Some(&1), "{route:?}");
}

#[test]
fn a_closed_scope_counts_once_with_the_outcome_it_was_given() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::request("GET", "/"));
    assert_eq!(recorder.snapshot().routes[0].in_flight, 1);
    scope.close(Outcome::ClientError);
    ended(&recorder, Outcome::ClientError);
}

#[test]
fn a_dropped_scope_counts_as_cancelled_before_its_head_and_in_its_body() {
    let recorder = Recorder::builder().build();
    drop(recorder.scope(Label::job("job")));
    ended(&recorder, Outcome::CancelledBeforeHead);

    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.mark_head();
    drop(scope);
    ended(&recorder, Outcome::CancelledInBody);
    assert_eq!(recorder.snapshot().routes[0].head.count, 1);
}

#[test]
fn a_panic_inside_counts_as_a_panic_and_leaves_no_scope_behind() {
    let recorder = Recorder::builder().build();
    let body = || recorder.scope(Label::job("job")).run_sync(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err());
    ended(&recorder, Outcome::Panic);

    query();
    assert!(recorder.snapshot().queries.is_empty(), "the panicked scope is still current");
}

#[tokio::test]
async fn a_panic_of_spawned_work_is_not_a_panic_of_the_scope_that_it_was_taken_from() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    let child = scope.enter(|| async { panic!("on purpose") }.in_current_scope());
    assert!(tokio::spawn(child).await.is_err_and(|error| error.is_panic()));
    scope.close(Outcome::Ok);
    drop(scope);
    ended(&recorder, Outcome::Ok);

    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    let child = scope.enter(|| async { panic!("on purpose") }.in_current_scope());
    assert!(tokio::spawn(child).await.is_err());
    drop(scope);
    ended(&recorder, Outcome::CancelledBeforeHead);
}

#[test]
fn a_scope_whose_panic_was_caught_counts_as_a_panic_when_it_is_dropped_later() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    let body = || scope.enter(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err());
    scope.enter(query);
    drop(scope);
    ended(&recorder, Outcome::Panic);
}

#[tokio::test]
async fn a_cancelled_future_closes_its_scope() {
    let recorder = Recorder::builder().build();
    let work = recorder.scope(Label::job("job")).run(future::pending::<()>());
    assert!(tokio::time::timeout(Duration::from_millis(5), work).await.is_err());
    ended(&recorder, Outcome::CancelledBeforeHead);
}

#[tokio::test]
async fn what_a_cancelled_future_reports_on_its_way_out_belongs_to_its_scope() {
    let recorder = Recorder::builder().build();
    let work = recorder.scope(Label::job("job")).run(async {
        let _reports = ReportsOnDrop;
        future::pending::<()>().await;
    });
    assert!(tokio::time::timeout(Duration::from_millis(5), work).await.is_err());
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.queries.len(), snapshot.dropped.late_events), (1, 0));
}

#[test]
fn a_future_dropped_before_its_first_poll_is_dropped_inside_its_scope() {
    let recorder = Recorder::builder().build();
    let reports = ReportsOnDrop;
    drop(recorder.scope(Label::job("job")).run(async move {
        let _reports = reports;
        future::pending::<()>().await;
    }));
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.queries.len(), snapshot.dropped.late_events), (1, 0));
    ended(&recorder, Outcome::CancelledBeforeHead);
}

#[tokio::test]
async fn two_futures_on_one_thread_keep_their_work_apart() {
    let one = Scope::named("one").run(async {
        query_later().await;
        query_later().await;
    });
    let two = Scope::named("two").run(query_later());
    let ((_, one), (_, two)) = tokio::join!(one, two);
    assert_eq!((one.queries(), two.queries()), (2, 1));
}

#[test]
fn the_inner_scope_takes_the_work_and_then_the_outer_one_again() {
    let (inner, outer) = Scope::named("outer").run_sync(|| {
        query();
        let (_, inner) = Scope::named("inner").run_sync(query);
        query();
        inner
    });
    assert_eq!((inner.queries(), outer.queries()), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_work_belongs_to_the_scope_only_when_it_is_taken_along() {
    let spawning = async {
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            tasks.spawn(query_later().in_current_scope());
            tasks.spawn(query_later());
        }
        tasks.join_all().await;
    };
    let (_, work) = Scope::named("spawns").run(spawning).await;
    assert_eq!(work.queries(), 50);
}

#[tokio::test]
async fn work_that_comes_after_the_close_reaches_the_series_and_is_counted_as_late() {
    let recorder = Recorder::builder().build();
    let mut left_behind = None;
    recorder
        .scope(Label::job("job"))
        .run(async { left_behind = Some(query_later().in_current_scope()) })
        .await;
    left_behind.expect("just set").await;
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.queries[0].duration.count, 1);
    assert_eq!(snapshot.dropped.late_events, 1);
}

#[test]
fn a_closed_scope_can_be_entered_and_its_work_is_counted_as_late() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.close(Outcome::Ok);
    scope.enter(query);
    scope.close(Outcome::ServerError);
    drop(scope);
    ended(&recorder, Outcome::Ok);
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.queries[0].duration.count, 1);
    assert_eq!(snapshot.dropped.late_events, 1);
}

#[test]
fn work_outside_every_scope_reaches_the_global_recorder() {
    query();
    assert!(!Recorder::global().snapshot().queries.is_empty());
}

#[test]
fn the_time_to_the_head_is_not_the_time_to_the_end() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.mark_head();
    std::thread::sleep(Duration::from_millis(20));
    scope.close(Outcome::Ok);
    let route = &recorder.snapshot().routes[0];
    assert!(route.head.max < Duration::from_millis(10), "{route:?}");
    assert!(route.total.min >= Duration::from_millis(19), "{route:?}");
}

#[test]
fn the_head_is_recorded_once_and_never_after_the_close() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.mark_head();
    scope.mark_head();
    scope.close(Outcome::Ok);
    let mut without_head = recorder.scope(Label::job("job"));
    without_head.close(Outcome::Ok);
    without_head.mark_head();
    assert_eq!(recorder.snapshot().routes[0].head.count, 1);
}

#[test]
fn futures_in_a_scope_can_be_sent_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&Scope::named("a"));
    is_send(&Scope::named("b").run(future::ready(())));
    is_send(&future::ready(()).in_current_scope());
}

#[test]
fn a_relabelled_scope_counts_under_its_new_label_alone() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("first guess"));
    scope.relabel(Label::job("certain"));
    let in_flight = |name: &str| {
        let routes = recorder.snapshot().routes;
        routes.iter().find(|route| route.route == name).map(|route| route.in_flight)
    };
    assert_eq!((in_flight("first guess"), in_flight("certain")), (None, Some(1)));
    scope.mark_head();
    scope.close(Outcome::Ok);
    scope.relabel(Label::job("too late"));
    let counts: Vec<_> = recorder
        .snapshot()
        .routes
        .iter()
        .map(|route| (route.route.clone(), route.requests, route.in_flight, route.head.count))
        .collect();
    assert_eq!(counts, [("certain".to_owned(), 1, 0, 1)]);
}

#[test]
fn only_a_scope_of_this_recorder_and_of_a_fitting_label_is_joined() {
    let (recorder, other) = (Recorder::builder().build(), Recorder::builder().build());
    let [unknown, known, third] = ["unknown", "known", "third"].map(Label::job);
    assert!(!recorder.joins_current(unknown, known), "no scope runs");
    let mut scope = recorder.scope(unknown);
    scope.enter(|| {
        assert!(!other.joins_current(unknown, known));
        assert!(!recorder.joins_current(third, known), "it is neither");
        assert!(recorder.joins_current(unknown, known));
        assert!(recorder.joins_current(unknown, known), "it has the label by now");
        assert!(!recorder.joins_current(unknown, third));
    });
    drop(scope);
    assert!(recorder.knows(known) && !recorder.knows(Label::job("never seen")));
    assert_eq!(recorder.snapshot().routes.len(), 1);
}
