//! What a thread does while its locals are being dropped counts like everything else.

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder, Scope};

thread_local! {
    static LEFT: RefCell<Option<Left>> = const { RefCell::new(None) };
}

/// Stays behind in a thread-local, as the tasks of a runtime do that ends with its thread.
struct Left {
    recorder: Recorder,
    _open: Scope,
}

impl Drop for Left {
    fn drop(&mut self) {
        let mut scope = self.recorder.scope(Label::job("last"));
        scope.enter(statement);
        statement();
        scope.close(Outcome::Ok);
    }
}

fn statement() {
    let fingerprint = Fingerprint::of_static("select 1");
    QueryEvent::new(fingerprint, CallSite::here(), Duration::from_millis(1)).record();
}

fn leave(recorder: &Recorder) {
    let left = Left { recorder: recorder.clone(), _open: recorder.scope(Label::job("left")) };
    LEFT.with(|place| *place.borrow_mut() = Some(left));
}

#[test]
fn a_scope_left_in_a_thread_local_closes_with_its_thread_and_its_events_count() {
    let recorder = Recorder::builder().build();
    // Locals are dropped in the reverse order of their first use.
    for is_dropped_last in [true, false] {
        let recorder = recorder.clone();
        let thread = thread::spawn(move || {
            if is_dropped_last {
                LEFT.with(|place| assert!(place.borrow().is_none()));
            }
            recorder.scope(Label::job("work")).run_sync(statement);
            leave(&recorder);
        });
        thread.join().expect("no panic");
    }
    let mut counts = recorder.snapshot().routes;
    counts.sort_by(|one, other| one.route.cmp(&other.route));
    let counts: Vec<_> = counts
        .iter()
        .map(|route| (route.route.as_str(), route.requests, route.in_flight))
        .collect();
    assert_eq!(counts, [("last", 2, 0), ("left", 2, 0), ("work", 2, 0)]);
    let here: u64 = recorder.snapshot().queries.iter().map(|query| query.duration.count).sum();
    let outside: u64 =
        Recorder::global().snapshot().queries.iter().map(|query| query.duration.count).sum();
    assert_eq!(here + outside, 6);
}
