//! Memory stays bounded at a million different names (guarantee G5), and what was dropped is told.

use std::time::Duration;

use perf_core::{
    CallEvent, CallSite, EventOutcome, Fingerprint, Label, Name, Outcome, QueryEvent, Recorder,
    Scope,
};

const MILLION: usize = 1_000_000;

#[test]
fn a_million_routes_fill_the_table_and_then_count_as_other() {
    let recorder = Recorder::builder().routes(100).build();
    for n in 0..MILLION {
        recorder.scope(Label::request("GET", &format!("/{n}"))).close(Outcome::Ok);
    }
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.routes.len(), 101);
    let other = snapshot.routes.iter().find(|route| route.route == "_other").expect("present");
    assert_eq!(other.requests, MILLION as u64 - 100);
    assert_eq!(other.in_flight, 0);
    assert_eq!(snapshot.dropped.routes, MILLION as u64 - 100);
    assert!(snapshot.to_string().contains("999900 scopes did not fit"), "{snapshot}");
}

#[test]
fn a_million_statements_in_one_scope_keep_sixty_four_groups() {
    let recorder = Recorder::builder().queries(100).build();
    let scope = recorder.scope(Label::job("job"));
    let ((), work) = scope.run_sync(|| {
        for n in 0..MILLION {
            let fingerprint = Fingerprint::of(&format!("select c{n}"));
            QueryEvent::new(fingerprint, CallSite::here(), Duration::from_micros(1)).record();
        }
    });
    assert_eq!(work.queries(), MILLION as u64);
    assert_eq!(work.query_groups().len(), 64);
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.queries.len(), 101);
    assert_eq!(snapshot.dropped.ungrouped_queries, MILLION as u64 - 64);
}

#[test]
fn a_million_targets_count_as_other_too() {
    let recorder = Recorder::builder().names(10).build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(|| {
        for n in 0..MILLION {
            CallEvent::new(&Name::new(format!("host-{n}")), Duration::ZERO, EventOutcome::Ok)
                .record();
        }
    });
    scope.close(Outcome::Ok);
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.calls.len(), snapshot.dropped.names), (11, MILLION as u64 - 10));
}

#[test]
fn a_million_scopes_of_one_name_are_one_series() {
    let recorder = Recorder::builder().build();
    for _ in 0..MILLION {
        recorder.scope(Label::job("job")).close(Outcome::Ok);
    }
    assert_eq!(recorder.snapshot().routes.len(), 1);
    drop(Scope::named("not in this recorder"));
    assert_eq!(recorder.snapshot().routes[0].requests, MILLION as u64);
}

#[test]
fn the_longest_durations_add_up_without_a_panic() {
    let recorder = Recorder::builder().build();
    let ((), work) = recorder.scope(Label::job("job")).run_sync(|| {
        for _ in 0..2 {
            let statement = Fingerprint::of_static("select 1");
            QueryEvent::new(statement, CallSite::here(), Duration::MAX).rows(u64::MAX).record();
            let target = Name::new("GET far /away");
            CallEvent::new(&target, Duration::MAX, EventOutcome::Ok).record();
        }
    });
    assert_eq!((work.query_time(), work.call_time()), (Duration::MAX, Duration::MAX));
    assert!(recorder.snapshot().to_string().contains("GET far /away"));
}

#[test]
fn bounds_beyond_reason_are_pulled_in() {
    let recorder = Recorder::builder().routes(usize::MAX).repetitions(usize::MAX).build();
    recorder.scope(Label::job("job")).close(Outcome::Ok);
    assert_eq!(recorder.snapshot().routes.len(), 1);
}
