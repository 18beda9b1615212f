//! Caches whose ttl is too short or too long, and those that serve what has changed for other reasons.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::Duration;

use perf_core::recorder::{Audits, CacheState, Reloads, TellState, register_cache};
use perf_core::time::testing::follow;
use perf_core::{CacheEvent, CacheOutcome, CacheTier, Finding, FindingKind, Label, Name, Recorder};

const MILLI: Duration = Duration::from_millis(1);

struct Told(CacheState);

impl TellState for Told {
    fn state(&self) -> CacheState {
        self.0.clone()
    }
}

/// What is found about a cache in this state that has loaded 1,000 values in 10 ms each, in one minute.
fn found(tell: impl FnOnce(CacheState) -> CacheState) -> Vec<Finding> {
    let past = Rc::new(Cell::new(Duration::ZERO));
    let clock = past.clone();
    let _following = follow(move || clock.get());
    let recorder = Recorder::builder().build();
    let told: Arc<Told> = Arc::new(Told(tell(CacheState::new(1, 1, 1))));
    recorder.scope(Label::job("ask")).run_sync(|| {
        let name = Name::new("prices");
        let weak: Weak<Told> = Arc::downgrade(&told);
        register_cache(&name, weak);
        let load = CacheEvent::new(&name, CacheTier::Loader, CacheOutcome::Hit);
        (0..1_000).for_each(|_| load.duration(10 * MILLI).record());
    });
    past.set(60_000 * MILLI);
    recorder.snapshot().findings
}

fn values(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().map(|seen| &*seen.value).collect()
}

#[test]
fn values_that_expire_unchanged_are_told_with_the_time_of_the_loads_that_brought_the_same() {
    let findings = found(|state| state.reloads(Reloads::new(200, 160, 152)));
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.kind, FindingKind::TtlTooShort);
    assert_eq!((&*finding.key, &*finding.subject), ("ttl_too_short:prices", "cache prices"));
    assert_eq!(values(finding), ["80 %", "95 %", "200", "10.0 ms"]);
    assert!(finding.remedy.advice.contains("longer ttl"), "{}", finding.remedy.advice);
    // 760 of the 1,000 loads.
    assert_eq!(finding.impact.per_minute, 7_600 * MILLI);
}

#[test]
fn a_ttl_is_no_trouble_when_values_change_or_misses_have_other_reasons_or_little_was_seen() {
    let no_finding = [
        Reloads::new(200, 160, 140),
        Reloads::new(400, 160, 160),
        Reloads::new(99, 99, 99),
        Reloads::default(),
    ];
    for reloads in no_finding {
        let findings = found(|state| state.reloads(reloads));
        assert!(findings.is_empty(), "{reloads:?}: {findings:?}");
    }
}

#[test]
fn hits_that_are_stale_more_often_the_older_the_value_is_say_that_the_ttl_is_too_long() {
    let findings = found(|state| state.audits(Audits::new((100, 5), (100, 20), 3)));
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.kind, FindingKind::TtlTooLong);
    assert_eq!(finding.key, "ttl_too_long:prices");
    assert_eq!(values(finding), ["12 %", "200", "5 %", "20 %"]);
    assert!(finding.remedy.advice.contains("shorter ttl"), "{}", finding.remedy.advice);
}

#[test]
fn hits_that_are_stale_at_any_age_are_told_and_the_ttl_is_not_blamed() {
    for audits in [
        Audits::new((100, 50), (100, 60), 0),
        // Too few in one half to compare.
        Audits::new((180, 0), (20, 12), 0),
    ] {
        let findings = found(|state| state.audits(audits));
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.kind, FindingKind::StaleHits, "{audits:?}");
        assert_eq!(finding.key, "stale_hits:prices");
        assert_eq!(finding.severity.as_str(), "warning");
        assert!(finding.remedy.advice.contains("replica"), "{}", finding.remedy.advice);
    }
}

#[test]
fn a_few_stale_hits_a_few_audits_and_failures_of_the_loader_are_no_trouble() {
    for audits in [
        Audits::new((100, 0), (100, 9), 0),
        Audits::new((40, 40), (59, 59), 0),
        Audits::new((0, 0), (0, 0), 1_000),
    ] {
        let findings = found(|state| state.audits(audits));
        assert!(findings.is_empty(), "{audits:?}: {findings:?}");
    }
}

#[test]
fn the_report_and_the_json_have_what_was_compared() {
    let recorder = Recorder::builder().build();
    let state = CacheState::new(1, 1, 1).reloads(Reloads::new(71, 62, 53)).audits(Audits::new(
        (20, 3),
        (15, 5),
        4,
    ));
    let told: Arc<Told> = Arc::new(Told(state));
    let weak: Weak<Told> = Arc::downgrade(&told);
    recorder.scope(Label::job("ask")).run_sync(|| register_cache(&Name::new("prices"), weak));
    let snapshot = recorder.snapshot();
    let text = snapshot.to_string();
    let row = text.lines().find(|line| line.contains(" 71 ")).expect("a row");
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words, ["prices", "71", "62", "53", "35", "8", "4"], "{text}");
    let json = serde_json::to_value(&snapshot).expect("JSON");
    let state = &json["caches"][0]["state"];
    assert_eq!(state["reloads"]["unchanged"], 53);
    assert_eq!(state["audits"]["stale_late"], 5);
}
