//! A cache that seldom has what it is asked for is told, once it was asked often enough.

use std::time::Duration;

use perf_core::{CacheEvent, CacheOutcome, CacheTier, Finding, FindingKind, Label, Name, Recorder};

/// What is found about a cache after these hits in the process and these loads.
fn found(hits: u64, loads: u64) -> Option<Finding> {
    let recorder = Recorder::builder().build();
    let name = Name::new("prices");
    let of = |tier, outcome| CacheEvent::new(&name, tier, outcome);
    recorder.scope(Label::job("ask")).run_sync(|| {
        (0..hits).for_each(|_| of(CacheTier::Local, CacheOutcome::Hit).record());
        for _ in 0..loads {
            of(CacheTier::Local, CacheOutcome::Miss).record();
            let load = of(CacheTier::Loader, CacheOutcome::Hit);
            load.duration(Duration::from_millis(2)).record();
        }
    });
    let mut findings = recorder.snapshot().findings.into_iter();
    findings.find(|finding| finding.kind == FindingKind::LowHitRate)
}

#[test]
fn fewer_than_seven_hits_in_ten_are_told_with_what_the_loads_cost() {
    let finding = found(6_990, 3_010).expect("a finding");
    assert_eq!((&*finding.key, &*finding.subject), ("low_hit_rate:prices", "cache prices"));
    assert_eq!(finding.evidence[0].value, "70 %");
    assert_eq!(finding.evidence[1].value, "10000");
    assert!(finding.impact.per_minute >= Duration::from_secs(6), "{:?}", finding.impact);
}

#[test]
fn enough_hits_and_too_few_look_ups_are_left_alone() {
    assert!(found(7_000, 3_000).is_none());
    assert!(found(0, 9_999).is_none());
}
