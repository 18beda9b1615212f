//! Requests to several services one after the other are a finding, and what only looks so is none.

use std::thread;
use std::time::Duration;

use perf_core::time::{self, Instant};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Finding, FindingKind,
    Fingerprint, Label, Name, QueryEvent, Recorder, SpanEvent,
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Asks and waits for the answer.
#[track_caller]
fn call(target: &str, millis: u64) {
    let started = time::now();
    thread::sleep(ms(millis));
    tell(target, started, EventOutcome::Ok);
}

#[track_caller]
fn tell(target: &str, started: Instant, outcome: EventOutcome) {
    let target = Name::new(target);
    let call_site = CallSite::here();
    CallEvent::new(&target, started.elapsed(), outcome).call_site(call_site).record();
}

/// What is found, tried again where a busy machine came between two calls.
fn findings(bodies: &[fn()], is_expected: impl Fn(&[Finding]) -> bool) -> Vec<Finding> {
    let mut found = found_in(bodies);
    for _ in 0..20 {
        if is_expected(&found) {
            break;
        }
        found = found_in(bodies);
    }
    found
}

fn found_in(bodies: &[fn()]) -> Vec<Finding> {
    let recorder = Recorder::builder().build();
    for body in bodies {
        recorder.scope(Label::job("job")).run_sync(body);
    }
    recorder.snapshot().findings
}

fn any(findings: &[Finding]) -> bool {
    !findings.is_empty()
}

#[track_caller]
fn finds_none(body: fn()) {
    let findings = found_in(&[body]);
    assert!(findings.is_empty(), "{findings:#?}");
}

fn evidence<'a>(finding: &'a Finding, label: &str) -> &'a str {
    let found = finding.evidence.iter().find(|evidence| evidence.label == label);
    &found.unwrap_or_else(|| panic!("{label} is not in {:?}", finding.evidence)).value
}

/// The number before the unit.
fn millis(text: &str) -> f64 {
    text.strip_suffix(" ms").expect("milliseconds").parse().expect("a number")
}

#[test]
fn three_services_one_after_the_other_are_told_with_what_they_took_and_would_take() {
    let body = || {
        call("GET price /", 30);
        call("GET stock /", 20);
        call("GET ratings /", 10);
    };
    let findings = findings(&[body, body], |found| {
        found.first().is_some_and(|finding| evidence(finding, "scopes") == "2")
    });
    let [finding] = &*findings else { panic!("one is expected: {findings:#?}") };
    assert_eq!((finding.kind, &*finding.subject), (FindingKind::SequentialCalls, "job"));
    let requests = "GET price /, then GET stock /, then GET ratings /";
    assert_eq!(evidence(finding, "requests"), requests);
    assert_eq!(evidence(finding, "scopes"), "2");
    let one_by_one = millis(evidence(finding, "one after the other"));
    assert!((60.0..90.0).contains(&one_by_one), "{finding:?}");
    assert!((30.0..45.0).contains(&millis(evidence(finding, "together"))), "{finding:?}");
    assert_eq!(finding.call_sites.len(), 3, "{finding:?}");
    assert!(finding.remedy.advice.contains("try_join!"));
}

#[test]
fn the_key_is_the_same_in_every_process_and_for_every_order() {
    let one = || {
        call("GET price /", 10);
        call("GET stock /", 10);
    };
    let other = || {
        call("GET stock /", 10);
        call("GET price /", 10);
    };
    let (one, other) = (findings(&[one], any), findings(&[other], any));
    assert_eq!(one[0].key, other[0].key);
    assert_eq!(one[0].key, "sequential_calls:job:f6f0e136c5cf9362");
}

#[test]
fn two_runs_in_one_scope_are_one_scope() {
    let body = || {
        for _ in 0..2 {
            call("GET price /", 10);
            call("GET stock /", 10);
            QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), ms(0)).record();
        }
    };
    let findings = findings(&[body], |found| {
        let times = found.first().map(|finding| millis(evidence(finding, "one after the other")));
        times.is_some_and(|times| times >= 40.0)
    });
    assert_eq!(evidence(&findings[0], "scopes"), "1", "{findings:#?}");
    assert!(millis(evidence(&findings[0], "one after the other")) >= 40.0, "{findings:#?}");
    assert!(millis(evidence(&findings[0], "together")) >= 20.0, "{findings:#?}");
}

#[test]
fn spans_and_loads_around_the_calls_hide_nothing() {
    let around = || {
        SpanEvent::time("offers", || {
            call("GET price /", 10);
            SpanEvent::time("stock", || call("GET stock /", 10));
        });
    };
    let around = findings(&[around], any);
    assert_eq!(around.len(), 1, "{around:#?}");
    let loaded = || {
        let started = time::now();
        call("GET price /", 10);
        call("GET stock /", 10);
        let cache = Name::new("offers");
        CacheEvent::new(&cache, CacheTier::Loader, CacheOutcome::Hit)
            .duration(started.elapsed())
            .record();
    };
    let loaded = findings(&[loaded], any);
    assert_eq!(loaded.len(), 1, "{loaded:#?}");
}

#[test]
fn calls_at_once_are_none() {
    finds_none(|| {
        let started = time::now();
        thread::sleep(ms(10));
        tell("GET price /", started, EventOutcome::Ok);
        thread::sleep(ms(5));
        tell("GET stock /", started, EventOutcome::Ok);
    });
}

#[test]
fn calls_with_a_statement_in_between_are_none() {
    finds_none(|| {
        call("GET price /", 10);
        let statement = Fingerprint::of_static("select 1");
        QueryEvent::new(statement, CallSite::here(), Duration::from_micros(1)).record();
        call("GET stock /", 10);
    });
}

#[test]
fn calls_with_other_work_in_between_are_none() {
    finds_none(|| {
        call("GET price /", 10);
        thread::sleep(ms(4));
        call("GET stock /", 10);
    });
}

#[test]
fn a_call_that_stands_in_for_one_that_failed_is_none() {
    finds_none(|| {
        let started = time::now();
        thread::sleep(ms(10));
        tell("GET first /", started, EventOutcome::Error);
        call("GET second /", 10);
    });
}

#[test]
fn what_would_save_less_than_five_milliseconds_is_none() {
    finds_none(|| {
        call("GET price /", 10);
        call("GET stock /", 1);
    });
}

#[test]
fn the_same_target_is_an_n_plus_one_from_five_times_on() {
    finds_none(|| (0..4).for_each(|_| call("GET price /{id}", 6)));
    let findings = found_in(&[|| (0..5).for_each(|_| call("GET price /{id}", 6))]);
    let [finding] = &*findings else { panic!("one is expected: {findings:#?}") };
    assert_eq!(finding.kind, FindingKind::NPlusOneCalls);
    assert_eq!(evidence(finding, "requests per scope"), "5.0, at most 5");
    assert!(millis(evidence(finding, "one after the other")) >= 30.0, "{finding:?}");
    assert!(millis(evidence(finding, "the longest of them")) >= 6.0, "{finding:?}");
    assert_eq!(finding.call_sites.len(), 1);
}

#[test]
fn findings_with_one_key_are_one_with_each_call_site_once() {
    fn price() {
        call("GET price /", 10);
    }
    let pair = || {
        price();
        call("GET stock /", 10);
    };
    let same_price = || {
        price();
        call("GET stock /", 10);
    };
    let loop_of_both = || ["GET price /", "GET stock /"].iter().for_each(|target| call(target, 10));
    let findings = findings(&[pair, same_price, loop_of_both], |found| {
        found.first().is_some_and(|finding| finding.call_sites.len() >= 4)
    });
    let [finding] = &*findings else { panic!("one is expected: {findings:#?}") };
    let mut call_sites = finding.call_sites.clone();
    call_sites.sort();
    call_sites.dedup();
    assert_eq!(call_sites.len(), finding.call_sites.len(), "{finding:?}");
    assert_eq!(call_sites.len(), 4, "{finding:?}");
}

#[test]
fn calls_are_none_where_a_statement_in_between_may_have_been_too_much_to_tell() {
    finds_none(|| {
        let statement = |n: usize| {
            let fingerprint = Fingerprint::of(&format!("select c{n}"));
            QueryEvent::new(fingerprint, CallSite::here(), Duration::from_micros(1)).record();
        };
        (0..64).for_each(statement);
        call("GET price /", 10);
        statement(64);
        call("GET stock /", 10);
    });
}
