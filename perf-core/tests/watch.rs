//! A watch tells each finding once, whatever becomes of it.

use std::time::Duration;

use perf_core::finding::Watch;
use perf_core::{
    CallEvent, CallSite, EventOutcome, FindingKind, Fingerprint, Label, Name, QueryEvent, Recorder,
};

#[track_caller]
fn repeat(recorder: &Recorder, job: &str, sql: &'static str) {
    let call_site = CallSite::here();
    recorder.scope(Label::job(job)).run_sync(|| {
        for n in 0..5 {
            let statement = Fingerprint::of_static(sql);
            QueryEvent::new(statement, call_site, Duration::from_millis(1)).parameters(n).record();
        }
    });
}

fn keys(watch: &mut Watch) -> Vec<String> {
    watch.look().into_iter().map(|finding| finding.key).collect()
}

#[test]
fn a_finding_is_told_once_however_often_it_is_seen() {
    let recorder = Recorder::builder().build();
    let mut watch = Watch::new(&recorder);
    assert!(watch.look().is_empty());
    repeat(&recorder, "job", "select a from b where id = $1");
    let first = watch.look();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].kind, FindingKind::NPlusOne);
    repeat(&recorder, "job", "select a from b where id = $1");
    assert!(watch.look().is_empty());
    assert_eq!(recorder.snapshot().findings.len(), 1, "the snapshot still has it");
}

#[test]
fn what_appears_later_is_told_then() {
    let recorder = Recorder::builder().build();
    let mut watch = Watch::new(&recorder);
    repeat(&recorder, "job", "select a from b where id = $1");
    assert_eq!(keys(&mut watch).len(), 1);
    repeat(&recorder, "other", "select a from b where id = $1");
    recorder.scope(Label::job("job")).run_sync(|| {
        let target = Name::new("GET stock /{id}");
        for _ in 0..5 {
            CallEvent::new(&target, Duration::from_millis(2), EventOutcome::Ok).record();
        }
    });
    let later = keys(&mut watch);
    assert_eq!(later.len(), 2, "{later:?}");
    assert!(later.iter().any(|key| key.starts_with("n_plus_one_calls:job:")), "{later:?}");
    assert!(later.iter().any(|key| key.starts_with("n_plus_one:other:")), "{later:?}");
}

#[test]
fn the_same_trouble_at_another_call_site_is_told_once_and_not_again() {
    let recorder = Recorder::builder().build();
    let mut watch = Watch::new(&recorder);
    repeat(&recorder, "job", "select a from b where id = $1");
    repeat(&recorder, "job", "select a from b where id = $1");
    let merged = watch.look();
    assert_eq!((merged.len(), merged[0].call_sites.len()), (1, 2));
    repeat(&recorder, "job", "select a from b where id = $1");
    assert!(watch.look().is_empty(), "a third call site of what was told");
}

#[test]
fn two_watches_are_told_the_same() {
    let recorder = Recorder::builder().build();
    let (mut one, mut other) = (Watch::new(&recorder), Watch::new(&recorder));
    repeat(&recorder, "job", "select a from b where id = $1");
    assert_eq!(keys(&mut one), keys(&mut other));
    let mut late = Watch::new(&recorder);
    assert_eq!(keys(&mut late).len(), 1, "to a new watch all findings are new");
}

#[test]
fn they_are_told_dearest_first() {
    let recorder = Recorder::builder().build();
    repeat(&recorder, "cheap", "select a from b where id = $1");
    (0..3).for_each(|_| repeat(&recorder, "dear", "select a from b where id = $1"));
    let told = keys(&mut Watch::new(&recorder));
    assert!(told[0].starts_with("n_plus_one:dear:"), "{told:?}");
}
