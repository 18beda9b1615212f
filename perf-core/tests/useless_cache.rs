//! A cache whose hits take longer than the loads they spare is told, and no other.

use std::time::Duration;

use perf_core::{CacheEvent, CacheOutcome, CacheTier, FindingKind, Label, Name, Recorder};

const MILLI: Duration = Duration::from_millis(1);

/// As often as it takes to say something.
fn record(tier: CacheTier, outcome: CacheOutcome, took: Duration, times: u64) {
    let name = Name::new("prices");
    (0..times).for_each(|_| CacheEvent::new(&name, tier, outcome).duration(took).record());
}

/// What is found about the cache after these hits in Redis and these loads.
fn found(work: impl FnOnce()) -> Option<perf_core::Finding> {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("ask")).run_sync(work);
    let mut findings = recorder.snapshot().findings.into_iter();
    findings.find(|finding| finding.kind == FindingKind::UselessCache)
}

fn hits_and_loads(hit: Duration, hits: u64, load: Duration, loads: u64) -> impl FnOnce() {
    move || {
        record(CacheTier::Remote, CacheOutcome::Hit, hit, hits);
        record(CacheTier::Loader, CacheOutcome::Hit, load, loads);
    }
}

#[test]
fn hits_that_take_longer_than_loads_are_told_with_both_times_and_what_they_cost() {
    let finding = found(hits_and_loads(3 * MILLI, 200, MILLI, 100)).expect("a finding");
    assert_eq!((&*finding.key, &*finding.subject), ("useless_cache:prices", "cache prices"));
    let evidence: Vec<&str> = finding.evidence.iter().map(|seen| &*seen.value).collect();
    assert_eq!(evidence, ["3.0 ms", "1.0 ms", "200", "100"]);
    assert!(finding.remedy.advice.contains("without Redis"), "{}", finding.remedy.advice);
    assert!(finding.impact.per_minute >= 400 * MILLI, "{:?}", finding.impact);
}

#[test]
fn a_cache_that_spares_time_or_was_asked_too_seldom_is_left_alone() {
    let no_finding = [(1, 200, 3, 100), (1, 200, 1, 100), (3, 99, 1, 100), (3, 100, 1, 99)];
    for (hit, hits, load, loads) in no_finding {
        let finding = found(hits_and_loads(hit * MILLI, hits, load * MILLI, loads));
        assert!(finding.is_none(), "{finding:?}");
    }
}

#[test]
fn misses_and_failures_of_redis_and_loads_that_failed_at_once_count_for_nothing() {
    let finding = found(|| {
        hits_and_loads(MILLI, 200, 2 * MILLI, 100)();
        record(CacheTier::Remote, CacheOutcome::Error, 250 * MILLI, 1_000);
        record(CacheTier::Remote, CacheOutcome::Miss, 250 * MILLI, 1_000);
        record(CacheTier::Loader, CacheOutcome::Error, MILLI / 1_000, 10_000);
    });
    assert!(finding.is_none(), "{finding:?}");
}
