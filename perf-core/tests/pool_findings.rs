//! What is found about pools of connections, from how long callers wait and hold.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use perf_core::finding::Severity;
use perf_core::recorder::{ServerConnections, TellConnections, register_pool};
use perf_core::time::{self, Duration};
use perf_core::{
    CallSite, EventOutcome, Finding, FindingKind, HoldEvent, Label, Name, PoolEvent, Recorder,
};

const MILLI: Duration = Duration::from_millis(1);

/// What one checkout was like, in milliseconds.
#[derive(Clone, Copy)]
struct Use {
    wait: u32,
    held: u32,
    busy: u32,
    idle_in_transaction: u32,
}

const QUICK: Use = Use { wait: 0, held: 5, busy: 5, idle_in_transaction: 0 };

/// The findings after a minute with so many equal checkouts at one place.
#[track_caller]
fn after_a_minute(times: u32, of: Use) -> Vec<Finding> {
    let seconds = Rc::new(Cell::new(0));
    let hand = Rc::clone(&seconds);
    let _following = time::testing::follow(move || Duration::from_secs(hand.get()));
    let recorder = Recorder::builder().build();
    let call_site = CallSite::here();
    recorder.scope(Label::job("job")).run_sync(|| {
        let pool = Name::new("shop");
        for _ in 0..times {
            PoolEvent::new(&pool, of.wait * MILLI, EventOutcome::Ok)
                .call_site(call_site)
                .size(4, 4)
                .record();
            HoldEvent::new(&pool, call_site, of.held * MILLI)
                .busy(of.busy * MILLI)
                .idle_in_transaction(of.idle_in_transaction * MILLI)
                .record();
        }
    });
    seconds.set(60);
    recorder.snapshot().findings
}

fn evidence<'a>(finding: &'a Finding, label: &str) -> &'a str {
    let found = finding.evidence.iter().find(|evidence| evidence.label == label);
    &found.unwrap_or_else(|| panic!("{label}: {finding:?}")).value
}

#[test]
fn a_pool_that_does_its_work_is_no_finding() {
    assert_eq!(after_a_minute(10_000, QUICK).len(), 0);
}

#[test]
fn a_pool_too_small_is_told_its_size_by_littles_law() {
    // 60 a second, 100 ms each: 6 in use, and twice the root of 6 as headroom.
    let of = Use { wait: 50, held: 100, busy: 100, ..QUICK };
    let findings = after_a_minute(3_600, of);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((finding.kind, finding.key.as_str()), (FindingKind::PoolWait, "pool_wait:shop"));
    assert_eq!(evidence(finding, "checkouts per second"), "60.0");
    assert_eq!(evidence(finding, "in use on the average"), "6.0");
    assert_eq!(evidence(finding, "size for few waits"), "11");
    assert_eq!(evidence(finding, "max size"), "4");
    assert!(finding.remedy.advice.starts_with("raise max_size to 11"), "{finding:?}");
    assert_eq!(finding.call_sites[0].file, file!());
    assert_eq!(finding.impact.per_minute, 3_600 * 50 * MILLI);
}

#[test]
fn a_pool_large_enough_on_the_average_is_not_told_to_grow() {
    let of = Use { wait: 50, held: 5, ..QUICK };
    let findings = after_a_minute(600, of);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert!(finding.remedy.advice.contains("come in bursts"), "{finding:?}");
    assert!(!finding.remedy.advice.contains("raise max_size"), "{finding:?}");
}

#[test]
fn few_checkouts_or_short_waits_are_no_finding() {
    assert_eq!(after_a_minute(99, Use { wait: 50, ..QUICK }).len(), 0);
    assert_eq!(after_a_minute(1_000, Use { wait: 9, ..QUICK }).len(), 0);
}

#[test]
fn a_place_that_holds_connections_without_need_is_a_finding() {
    let of = Use { held: 30, busy: 10, ..QUICK };
    let findings = after_a_minute(20, of);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.kind, FindingKind::LongHold);
    assert_eq!(evidence(finding, "of it idle"), "67 %");
    assert_eq!(finding.impact.per_minute, 20 * 20 * MILLI);
    assert_eq!(finding.call_sites[0].file, file!());
    assert_eq!(after_a_minute(19, of).len(), 0, "too few to tell");
    let busy = Use { held: 30, busy: 20, ..QUICK };
    assert_eq!(after_a_minute(20, busy).len(), 0, "mostly used");
    let short = Use { held: 9, busy: 0, ..QUICK };
    assert_eq!(after_a_minute(20, short).len(), 0, "hardly held");
}

#[test]
fn a_transaction_left_open_is_a_finding_of_its_own() {
    let of = Use { held: 40, busy: 10, idle_in_transaction: 25, ..QUICK };
    let findings = after_a_minute(20, of);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.kind, FindingKind::IdleInTransaction);
    assert!(finding.severity >= Severity::Warning);
    assert_eq!(evidence(finding, "mean"), "25.0 ms");
    let short = Use { held: 40, busy: 21, idle_in_transaction: 19, ..QUICK };
    assert_eq!(after_a_minute(20, short).len(), 0);
}

#[test]
fn one_transaction_left_open_for_very_long_is_enough() {
    let of = Use { held: 11_000, busy: 0, idle_in_transaction: 10_000, ..QUICK };
    let findings = after_a_minute(1, of);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.kind, FindingKind::IdleInTransaction);
    assert_eq!(evidence(finding, "longest"), "10.00 s");
}

/// The finding about a pool of 10 on a server of 100 connections, 3 of them reserved.
fn size_finding(open: u64, instances: u64) -> Option<Finding> {
    struct Server(ServerConnections);

    impl TellConnections for Server {
        fn connections(&self) -> Option<ServerConnections> {
            Some(self.0)
        }
    }

    let recorder = Recorder::builder().build();
    let pool = Name::new("shop");
    let server = ServerConnections::new(100, 3, open).instances(instances);
    let server: Arc<dyn TellConnections> = Arc::new(Server(server));
    recorder.scope(Label::job("job")).run_sync(|| {
        register_pool(&pool, Arc::downgrade(&server));
        PoolEvent::new(&pool, MILLI, EventOutcome::Ok).size(1, 10).record();
    });
    recorder.snapshot().findings.pop()
}

#[test]
fn pools_that_together_want_more_than_the_server_has_are_a_finding() {
    assert!(size_finding(20, 9).is_none());
    let finding = size_finding(20, 10).expect("100 of 97");
    assert_eq!((finding.kind, finding.severity), (FindingKind::PoolSize, Severity::Warning));
    assert!(finding.remedy.advice.starts_with("lower max_size to 9 or less"), "{finding:?}");
}

#[test]
fn a_server_with_hardly_any_connections_left_is_a_finding() {
    assert!(size_finding(87, 1).is_none());
    let finding = size_finding(88, 1).expect("90 %");
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.remedy.advice.starts_with("find who else"), "{finding:?}");
    assert_eq!(size_finding(93, 1).expect("95 %").severity, Severity::Critical);
}

#[test]
fn places_beyond_the_bound_count_as_other_and_are_told() {
    let recorder = Recorder::builder().pool_uses(0).build();
    let pool = Name::new("shop");
    recorder.scope(Label::job("job")).run_sync(|| {
        (0..20).for_each(|_| HoldEvent::new(&pool, CallSite::here(), 50 * MILLI).record());
    });
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.pools[0].hold.count, 20, "the pool itself has them");
    assert_eq!((snapshot.pool_uses[0].pool.as_str(), snapshot.dropped.names), ("_other", 20));
    assert_eq!(snapshot.findings.len(), 0, "nowhere is no place to look at");
}

#[test]
fn the_text_shows_who_holds_connections() {
    let recorder = Recorder::builder().build();
    let pool = Name::new("shop");
    recorder.scope(Label::job("job")).run_sync(|| {
        let hold = HoldEvent::new(&pool, CallSite::here(), 100 * MILLI);
        hold.busy(25 * MILLI).idle_in_transaction(50 * MILLI).record();
    });
    let text = recorder.snapshot().to_string();
    let mut lines = text.lines().skip_while(|line| !line.starts_with("Who holds connections"));
    let row = lines.nth(2).expect("a row");
    assert!(row.contains("100.00      1   100.00"), "{text}");
    assert!(row.contains("25 %") && row.contains("50 %") && row.ends_with("shop"), "{text}");
}
