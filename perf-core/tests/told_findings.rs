//! Findings that others tell stand beside the recorder's own.

use std::time::Duration;

use perf_core::finding::{Impact, Severity};
use perf_core::{
    CallSite, Finding, FindingKind, Fingerprint, Label, Outcome, QueryEvent, Recorder,
};

fn found(kind: FindingKind, which: &str) -> Finding {
    Finding::new(kind, which, which)
}

fn keys(recorder: &Recorder) -> Vec<String> {
    recorder.snapshot().findings.into_iter().map(|finding| finding.key).collect()
}

#[test]
fn what_is_told_again_takes_the_place_of_what_was_told_before() {
    let recorder = Recorder::builder().build();
    recorder.tell_findings("one", vec![found(FindingKind::UnusedIndex, "a")]);
    recorder.tell_findings("two", vec![found(FindingKind::UnusedIndex, "b")]);
    recorder.tell_findings("one", vec![found(FindingKind::Setting, "fsync")]);
    assert_eq!(keys(&recorder), ["setting:fsync", "unused_index:b"]);
    recorder.tell_findings("one", vec![]);
    assert_eq!(keys(&recorder), ["unused_index:b"]);
}

#[test]
fn the_dearest_comes_first_and_then_what_matters_most() {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("work")).close(Outcome::Ok);
    let minute = Duration::from_secs(60);
    let dear = Impact::new(Duration::from_secs(1), minute, minute);
    recorder.tell_findings(
        "server",
        vec![
            found(FindingKind::Setting, "jit"),
            found(FindingKind::Setting, "wal_level").severity(Severity::Critical),
            found(FindingKind::MissingIndex, "orders").impact(dear),
        ],
    );
    let expected = ["missing_index:orders", "setting:wal_level", "setting:jit"];
    assert_eq!(keys(&recorder), expected);
}

#[test]
fn sources_and_findings_are_bounded_and_what_did_not_fit_is_told() {
    let recorder = Recorder::builder().build();
    let many: Vec<Finding> =
        (0..1_500).map(|n| found(FindingKind::UnusedIndex, &n.to_string())).collect();
    assert_eq!(recorder.tell_findings("server 0", many), 500);
    for source in 1..16 {
        assert_eq!(recorder.tell_findings(&format!("server {source}"), vec![]), 0);
    }
    let late = vec![found(FindingKind::Setting, "fsync")];
    assert_eq!(recorder.tell_findings("server 16", late), 1);
    assert_eq!(keys(&recorder).len(), 1_000);
}

#[test]
fn what_the_recorder_finds_by_itself_is_not_told_twice() {
    let recorder = Recorder::builder().build();
    let statement = Fingerprint::of_static("select name from product where id = $1");
    recorder.scope(Label::job("work")).enter(|| {
        for _ in 0..20 {
            let time = Duration::from_millis(50);
            QueryEvent::new(statement.clone(), CallSite::here(), time).record();
        }
    });
    let own = keys(&recorder);
    let slow = own.iter().find_map(|key| key.strip_prefix("slow_query:")).expect("a slow query");
    recorder.tell_findings("server", vec![found(FindingKind::SlowQuery, slow)]);
    assert_eq!(keys(&recorder), own);
    recorder.tell_findings("server", vec![found(FindingKind::SlowQuery, "another")]);
    assert_eq!(keys(&recorder).len(), own.len() + 1);
}

#[test]
fn the_share_is_that_of_the_time_of_all_scopes() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("work"));
    std::thread::sleep(Duration::from_millis(20));
    scope.close(Outcome::Ok);
    let minute = Duration::from_secs(60);
    // A millisecond a minute, which is all of the other's time.
    let all_of_it = Impact::new(Duration::from_millis(1), minute, Duration::from_millis(1));
    recorder.tell_findings(
        "server",
        vec![found(FindingKind::MissingIndex, "orders").impact(all_of_it)],
    );
    let finding = &recorder.snapshot().findings[0];
    assert!(finding.impact.share < 0.01, "{:?}", finding.impact);
    assert_eq!(finding.impact.per_minute, Duration::from_millis(1));
}
