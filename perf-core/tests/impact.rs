//! What a finding is said to cost is a number that can be sorted and shown, whatever was seen.

use std::time::Duration;

use perf_core::finding::Severity;
use perf_core::{CallSite, Fingerprint, Label, QueryEvent, Recorder, Scope};

fn query(duration: Duration) {
    let fingerprint = Fingerprint::of_static("select name from users");
    QueryEvent::new(fingerprint, CallSite::here(), duration).record();
}

#[test]
fn where_nothing_is_known_about_scopes_what_is_lost_is_all_of_it() {
    let recorder = Recorder::builder().build();
    let mut still_open = recorder.scope(Label::job("endless"));
    still_open.enter(|| (0..20).for_each(|_| query(Duration::from_millis(50))));
    let snapshot = recorder.snapshot();
    let finding = &snapshot.findings[0];
    assert_eq!((finding.impact.share, finding.severity), (1.0, Severity::Critical));
}

#[test]
fn a_cost_beyond_every_number_is_the_greatest_one() {
    let long = Duration::from_secs(u64::MAX / 10);
    let (_, work) = Scope::named("ages").run_sync(|| (0..5).for_each(|_| query(long)));
    let findings = work.findings();
    assert_eq!(findings[0].impact.per_minute, Duration::MAX);
    assert_eq!(findings[0].impact.share, 1.0);
}

#[test]
fn a_repetition_is_at_least_a_warning_however_little_it_costs() {
    let (_, work) = Scope::named("quick").run_sync(|| {
        (0..5).for_each(|_| query(Duration::from_nanos(1)));
        std::thread::sleep(Duration::from_millis(1));
    });
    let finding = &work.findings()[0];
    assert!(finding.impact.share < 0.1, "{finding:?}");
    assert_eq!(finding.severity, Severity::Warning);
}
