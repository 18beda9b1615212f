//! The slowest scopes are kept whole, within a bound, and nothing that is kept tells a value.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use perf_core::recorder::{Kept, KeptReason};
use perf_core::time;
use perf_core::{
    CallEvent, CallSite, EventOutcome, Fingerprint, Label, Name, Outcome, QueryEvent, Recorder,
    TraceId, Work,
};

fn query(sql: &str) {
    statement(Fingerprint::of(sql));
}

fn statement(fingerprint: Fingerprint) {
    QueryEvent::new(fingerprint, CallSite::here(), Duration::from_millis(1))
        .parameters(0xC0FFEE)
        .record();
}

fn kept(recorder: &Recorder, route: &str) -> Vec<Arc<Kept>> {
    let routes = recorder.snapshot().routes;
    let route = routes.iter().find(|known| known.route == route).expect("it has closed");
    recorder.kept_of(&route.id)
}

fn work_of(kept: &Kept) -> &Work {
    kept.work.as_ref().expect("it sent statements")
}

#[test]
fn the_five_slowest_are_kept_in_order_with_all_that_is_known_of_them() {
    let recorder = Recorder::builder().build();
    let trace = TraceId::from_bytes([7; 16]).expect("not zero");
    for n in [3, 9, 1, 7, 5, 2, 8] {
        let mut scope = recorder.scope(Label::request("GET", "/"));
        scope.enter(|| (0..n).for_each(|_| query("select 1")));
        scope.mark_head();
        scope.status(200 + n);
        scope.request_bytes(10);
        scope.add_response_bytes(20);
        scope.trace(trace);
        scope.close_at(Outcome::ClientError, time::now() + Duration::from_secs(n.into()));
    }
    let kept = kept(&recorder, "GET /");
    let seconds: Vec<u64> = kept.iter().map(|kept| kept.elapsed.as_secs()).collect();
    assert_eq!(seconds, [9, 8, 7, 5, 3]);
    let slowest = &kept[0];
    assert_eq!((slowest.reason, slowest.status), (KeptReason::Slow, Some(209)));
    assert_eq!((slowest.request_bytes, slowest.response_bytes), (10, 20));
    assert_eq!((slowest.trace, slowest.outcome), (Some(trace), Outcome::ClientError));
    assert!(slowest.head.is_some_and(|head| head < Duration::from_secs(1)));
    assert_eq!(work_of(slowest).queries(), 9);
    assert_eq!(slowest.split.whole(), slowest.elapsed);
}

#[test]
fn every_number_is_another_and_finds_its_scope() {
    let recorder = Recorder::builder().build();
    let mut numbers = HashSet::new();
    for n in 0..500 {
        for millis in 1..=5 {
            let at = time::now() + Duration::from_millis(millis);
            recorder.scope(Label::job(&format!("job {n}"))).close_at(Outcome::Ok, at);
        }
    }
    for route in recorder.snapshot().routes {
        for kept in recorder.kept_of(&route.id) {
            assert!(numbers.insert(kept.id), "twice: {:x}", kept.id);
            assert!(recorder.kept(kept.id).is_some_and(|found| Arc::ptr_eq(&found, &kept)));
        }
    }
    assert_eq!(numbers.len(), 500 * 5);
    let unknown = (0..).find(|number| !numbers.contains(number)).expect("there are many");
    assert!(recorder.kept(unknown).is_none());
    assert!(recorder.kept_of("no such route").is_empty());
}

#[test]
fn ten_thousand_routes_with_much_work_stay_within_the_bound_and_tell_what_was_lost() {
    const ROOM: usize = 1 << 20;
    let recorder = Recorder::builder().routes(10_000).kept_bytes(ROOM).build();
    let heavy = |n: usize| {
        let mut scope = recorder.scope(Label::job(&format!("job {n}")));
        scope.enter(|| (0..100).for_each(|_| statement(Fingerprint::of_static("select 1"))));
        scope.close(Outcome::Ok);
    };
    thread::scope(|threads| {
        for part in 0..4 {
            threads.spawn(move || (0..2_500).for_each(|n| heavy(part * 2_500 + n)));
        }
    });
    let snapshot = recorder.snapshot();
    // A look-up goes through all routes, so a part of them has to do.
    let looked_at = snapshot.routes.iter().step_by(20);
    let kept: Vec<Arc<Kept>> = looked_at.flat_map(|route| recorder.kept_of(&route.id)).collect();
    let (whole, brief): (Vec<&Arc<Kept>>, _) =
        kept.iter().partition(|kept| work_of(kept).steps().next().is_some());
    assert!(!whole.is_empty());
    assert!(brief.len() >= 3, "detail goes long before scopes do: {}", brief.len());
    assert!(
        brief.iter().all(|kept| {
            (work_of(kept).queries(), work_of(kept).steps_left_out()) == (100, 100)
        })
    );
    assert!(snapshot.dropped.kept > 1_000, "{:?}", snapshot.dropped);
    // A scope with a timeline is at least as large as that.
    assert!(whole.len() * 20 * 96 * 32 < ROOM * 2, "{} are whole", whole.len());
}

#[test]
fn a_scope_that_gives_its_work_to_the_caller_is_kept_as_well() {
    let recorder = Recorder::builder().build();
    let job = recorder.scope(Label::job("job"));
    let ((), work) = job.run_sync(|| (0..5).for_each(|_| query("select a from t where id = 1")));
    let kept = &kept(&recorder, "job")[0];
    let its_work = work_of(kept);
    assert_eq!((work.queries(), its_work.queries()), (5, 5));
    assert_eq!((work.steps().count(), its_work.steps().count()), (5, 5));
    assert_eq!(work.findings().len(), 1, "the caller's can still be judged");
    assert_eq!(kept.elapsed, work.elapsed());
}

#[tokio::test]
async fn a_future_that_gives_its_work_to_the_caller_is_kept_as_well() {
    let recorder = Recorder::builder().build();
    let ((), work) = recorder.scope(Label::job("job")).run(async { query("select 1") }).await;
    let kept = &kept(&recorder, "job")[0];
    assert_eq!((work.queries(), work_of(kept).queries()), (1, 1));
}

#[test]
fn no_value_of_a_statement_and_no_parameter_is_in_what_is_kept() {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("job")).run_sync(|| {
        query("select name from users where mail = 'alice@example.com' and pin = 4711");
        query("insert into t values ($$alice$$, E'al\\'ice', 4711.5)");
        CallEvent::new(&Name::new("GET stock /{id}"), Duration::ZERO, EventOutcome::Ok).record();
    });
    let kept = &kept(&recorder, "job")[0];
    let steps: Vec<_> = work_of(kept).steps().collect();
    let json = [
        serde_json::to_string(&**kept).expect("plain data"),
        serde_json::to_string(&steps).expect("plain data"),
        format!("{kept:?}"),
    ];
    for json in &json {
        for value in ["alice", "4711", "C0FFEE", "12648430"] {
            assert!(!json.contains(value), "{value} is in {json}");
        }
    }
    assert!(json[1].contains("select name from users where mail = ?"), "{}", json[1]);
    assert!(json[0].contains(&format!("{:016x}", kept.id)), "as text: {}", json[0]);
}

#[test]
fn nothing_is_kept_where_there_is_no_room_and_requests_go_on() {
    let recorder = Recorder::builder().kept_bytes(0).build();
    for _ in 0..100 {
        recorder.scope(Label::job("job")).run_sync(|| query("select 1"));
    }
    assert!(kept(&recorder, "job").is_empty());
    let dropped = recorder.snapshot().dropped.kept;
    assert!((1..=100).contains(&dropped), "{dropped}");
}
