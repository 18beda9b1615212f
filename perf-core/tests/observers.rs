//! Whatever an observer does while a scope changes its label, the scope closes once and is counted
//! under one label.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use perf_core::recorder::Observe;
use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder};

const UNKNOWN: Label<'static> = Label::request("_OTHER", "_unmatched");
const ORDERS: Label<'static> = Label::request("GET", "/orders");

/// Does something whenever a scope gets another label.
struct Relabelled<F>(F);

impl<F: Fn() + Send + Sync> Observe for Relabelled<F> {
    fn relabelled(&self, _: Label<'_>, _: Label<'_>) {
        (self.0)();
    }
}

fn observed(act: impl Fn() + Send + Sync + 'static) -> Recorder {
    let recorder = Recorder::builder().build();
    recorder.observe(Relabelled(act)).expect("the first observer");
    recorder
}

/// Fails the test where `work` never ends.
fn in_time(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    let thread = thread::spawn(move || {
        work();
        _ = done.send(());
    });
    match is_done.recv_timeout(Duration::from_secs(20)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it waits for itself"),
        _ => thread.join().expect("no panic"),
    }
}

fn statement() {
    let fingerprint = Fingerprint::of_static("select 1");
    QueryEvent::new(fingerprint, CallSite::here(), Duration::from_millis(1)).record();
}

#[test]
fn an_observer_that_records_a_statement_does_so_in_the_scope_that_is_relabelled() {
    in_time(|| {
        let recorder = observed(statement);
        let mut scope = recorder.scope(UNKNOWN);
        scope.enter(|| assert!(recorder.joins_current(UNKNOWN, ORDERS)));
        assert_eq!(scope.so_far().1.queries(), 1);
        scope.close(Outcome::Ok);
        assert_eq!(recorder.snapshot().routes[0].requests, 1);
    });
}

#[test]
fn an_observer_may_work_in_a_scope_of_its_own() {
    in_time(|| {
        let other = Recorder::builder().build();
        let recorder = observed({
            let other = other.clone();
            move || _ = other.scope(Label::job("export")).run_sync(statement)
        });
        let mut scope = recorder.scope(UNKNOWN);
        scope.enter(|| assert!(recorder.joins_current(UNKNOWN, ORDERS)));
        scope.relabel(UNKNOWN);
        assert_eq!(other.snapshot().routes[0].requests, 2);
    });
}

#[test]
fn an_observer_that_panics_leaves_no_scope_in_flight() {
    let recorder = observed(|| panic!("an observer's own fault"));
    let mut scope = recorder.scope(UNKNOWN);
    assert!(catch_unwind(AssertUnwindSafe(|| scope.relabel(ORDERS))).is_err());
    scope.close(Outcome::Ok);
    let routes = recorder.snapshot().routes;
    let counts: Vec<_> =
        routes.iter().map(|route| (&*route.route, route.requests, route.in_flight)).collect();
    assert_eq!(counts, [("GET /orders", 1, 0)]);
}
