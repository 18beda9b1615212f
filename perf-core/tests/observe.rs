//! An observer sees everything once, under the name by which it is counted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use perf_core::recorder::{AlreadyObserved, ClosedScope, Observe};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, HoldEvent,
    Label, Name, Outcome, PoolEvent, QueryEvent, Recorder, TraceId,
};

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn add(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Observe for Seen {
    fn opened(&self, label: Label<'_>) {
        self.add(format!("opened {label}"));
    }

    fn closed(&self, scope: &ClosedScope<'_>) {
        let ClosedScope { label, outcome, status, request_bytes, .. } = scope;
        self.add(format!("closed {label} {outcome:?} {status:?} {request_bytes}"));
    }

    fn query(&self, event: &QueryEvent) {
        self.add(format!("query {} {}", event.fingerprint.text(), event.rows));
    }

    fn pool(&self, event: &PoolEvent<'_>) {
        self.add(format!("pool {}", event.pool.as_str()));
    }

    fn hold(&self, event: &HoldEvent<'_>) {
        self.add(format!("hold {}", event.pool.as_str()));
    }

    fn cache(&self, event: &CacheEvent<'_>) {
        self.add(format!("cache {} {:?}", event.cache.as_str(), event.outcome));
    }

    fn call(&self, event: &CallEvent<'_>) {
        self.add(format!("call {}", event.target.as_str()));
    }
}

const MILLI: Duration = Duration::from_millis(1);

fn query(sql: &str) {
    QueryEvent::new(Fingerprint::of(sql), CallSite::here(), MILLI).rows(7).record();
}

fn events() {
    query("select 1");
    let name = Name::new("main");
    PoolEvent::new(&name, MILLI, EventOutcome::Ok).record();
    HoldEvent::new(&name, CallSite::here(), MILLI).record();
    CacheEvent::new(&name, CacheTier::Local, CacheOutcome::Hit).record();
    CallEvent::new(&name, MILLI, EventOutcome::Ok).record();
}

#[test]
fn a_scope_and_its_events_are_seen_once_each_and_in_their_order() {
    let seen = Seen::default();
    let recorder = Recorder::builder().build();
    recorder.observe(seen.clone()).expect("the first");
    let mut scope = recorder.scope(Label::request("GET", "/orders"));
    scope.enter(events);
    scope.request_bytes(12);
    scope.status(200);
    scope.trace(TraceId::from_bytes([1; 16]).expect("not zero"));
    scope.close(Outcome::Ok);
    scope.close(Outcome::Panic);
    let expected = [
        "opened GET /orders",
        "query select ? 7",
        "pool main",
        "hold main",
        "cache main Hit",
        "call main",
        "closed GET /orders Ok Some(200) 12",
    ];
    assert_eq!(seen.take(), expected);
}

#[test]
fn what_does_not_fit_is_seen_as_other_and_counted_as_dropped_once() {
    let seen = Seen::default();
    let recorder = Recorder::builder().routes(0).queries(0).names(0).build();
    recorder.observe(seen.clone()).expect("the first");
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(events);
    scope.close(Outcome::Ok);
    let expected = [
        "opened _other",
        "query _other 7",
        "pool _other",
        "hold _other",
        "cache _other Hit",
        "call _other",
        "closed _other Ok None 0",
    ];
    assert_eq!(seen.take(), expected);
    let dropped = recorder.snapshot().dropped;
    assert_eq!((dropped.routes, dropped.queries, dropped.names), (1, 1, 4));
}

#[test]
fn the_first_observer_stays_and_a_pair_is_two() {
    let (one, other) = (Seen::default(), Seen::default());
    let recorder = Recorder::builder().build();
    recorder.observe((one.clone(), other.clone())).expect("the first");
    let refused: AlreadyObserved = recorder.observe(Seen::default()).expect_err("the second");
    assert!(refused.to_string().contains("as a pair"));
    recorder.scope(Label::job("job")).close(Outcome::Ok);
    assert_eq!(one.take(), other.take());
}

#[test]
fn an_observer_may_open_scopes_of_another_recorder() {
    struct Inner(Recorder);

    impl Observe for Inner {
        fn query(&self, _: &QueryEvent) {
            _ = self.0.scope(Label::job("inner")).run_sync(|| {
                CallEvent::new(&Name::new("alert"), MILLI, EventOutcome::Ok).record();
            });
        }
    }

    let inner = Recorder::builder().build();
    let recorder = Recorder::builder().build();
    recorder.observe(Inner(inner.clone())).expect("the first");
    let ((), work) = recorder.scope(Label::job("outer")).run_sync(|| query("select 1"));
    assert_eq!((work.queries(), work.calls()), (1, 0));
    assert_eq!(inner.snapshot().calls[0].target, "alert");
}

#[test]
fn events_outside_every_scope_are_seen_by_the_observer_of_the_global_recorder() {
    let seen = Seen::default();
    Recorder::global().observe(seen.clone()).expect("the first of this process");
    query("select name from planets");
    assert_eq!(seen.take(), ["query select name from planets 7"]);
}
