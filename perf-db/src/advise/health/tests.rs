//! The rules on values that no server shows at will: days, circles, and the edges between severities.

use perf_core::finding::Severity;
use perf_core::time::Duration;
use perf_core::{Finding, Fingerprint};

use super::{
    Blocked, Connections, DeadRows, Health, Limits, PreparedTransactions, Recovery, ReplicaState,
    SessionState, Slot, Traffic,
};

fn findings(health: &Health) -> Vec<(String, Severity)> {
    let findings = health.findings(&Limits::default());
    findings.into_iter().map(|finding| (finding.key, finding.severity)).collect()
}

fn only(health: &Health) -> Finding {
    let mut findings = health.findings(&Limits::default());
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

fn session(seconds: u64, is_idle: bool, statement: Option<&str>) -> SessionState {
    SessionState {
        pid: 1,
        application: "shop".to_owned(),
        is_idle,
        open_for: Duration::from_secs(seconds),
        in_state_for: Duration::from_secs(seconds / 2),
        holds_back: Some(7),
        statement: statement.map(Fingerprint::of),
    }
}

fn wait(pid: i32, blocker: i32, seconds: u64) -> Blocked {
    Blocked {
        pid,
        statement: Some(Fingerprint::of(&format!("select {} from t{pid}", pid * 1_000))),
        waited: Duration::from_secs(seconds),
        blocker,
        blocker_statement: Some(Fingerprint::of(&format!("update t{blocker} set a = 'secret'"))),
        blocker_state: "active".to_owned(),
        blocker_application: String::new(),
        blocker_open_for: None,
    }
}

#[test]
fn a_transaction_is_bad_at_a_minute_and_worse_at_ten() {
    let of = |seconds| {
        let sessions = vec![session(seconds, true, Some("select 1"))];
        findings(&Health { sessions, ..Health::default() }).first().map(|(_, severity)| *severity)
    };
    assert_eq!(of(59), None);
    assert_eq!(of(60), Some(Severity::Warning));
    assert_eq!(of(599), Some(Severity::Warning));
    assert_eq!(of(600), Some(Severity::Critical));
}

#[test]
fn transactions_of_one_statement_are_one_finding_and_those_that_work_another() {
    let sessions = vec![
        session(100, true, Some("select 1")),
        session(200, true, Some("select 2")),
        session(300, false, Some("select 3")),
        session(300, false, None),
    ];
    let mut keys: Vec<String> =
        findings(&Health { sessions, ..Health::default() }).into_iter().map(|f| f.0).collect();
    keys.sort();
    let id = format!("{:016x}", Fingerprint::of("select 1").id());
    let expected = [
        format!("long_transaction:{id}"),
        "long_transaction:hidden".to_owned(),
        format!("long_transaction:idle:{id}"),
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_circle_of_waits_ends() {
    let blocked = vec![wait(1, 2, 5), wait(2, 3, 5), wait(3, 1, 5), wait(4, 1, 70)];
    let findings = findings(&Health { blocked, ..Health::default() });
    assert_eq!(findings.len(), 4);
    assert_eq!(findings[0].1, Severity::Critical, "a minute");
}

#[test]
fn who_waits_for_several_is_one_finding() {
    let blocked = vec![wait(1, 8, 5), wait(1, 9, 5), wait(1, 10, 5)];
    let finding = only(&Health { blocked, ..Health::default() });
    assert!(finding.evidence.iter().any(|evidence| evidence.value == "update t8 set a = ?"));
    assert!(!format!("{finding:?}").contains("secret"));
}

#[test]
fn nobody_can_be_ended_who_has_prepared_and_gone() {
    let blocked = vec![wait(1, 0, 5)];
    let finding = only(&Health { blocked, ..Health::default() });
    assert!(finding.remedy.code.unwrap().contains("pg_prepared_xacts"));
}

#[test]
fn young_connections_count_when_they_are_many_and_the_server_is_old() {
    let of = |used, age, server| {
        let connections = Connections {
            used,
            most: 1_000,
            mean_age: Some(Duration::from_secs(age)),
            server_age: Duration::from_secs(server),
            ..Connections::default()
        };
        findings(&Health { connections: Some(connections), ..Health::default() }).pop()
    };
    let young = |severity| Some(("connections:age".to_owned(), severity));
    assert_eq!(of(10, 59, 3_600), young(Severity::Warning));
    assert_eq!(of(10, 60, 3_600), young(Severity::Info));
    assert_eq!(of(10, 600, 3_600), None);
    assert_eq!(of(9, 1, 3_600), None);
    assert_eq!(of(10, 1, 3_599), None);
}

#[test]
fn connections_turn_bad_at_seven_and_nine_of_ten() {
    let of = |used| {
        let connections = Connections { used, most: 100, ..Connections::default() };
        findings(&Health { connections: Some(connections), ..Health::default() }).pop()
    };
    assert_eq!(of(69), None);
    assert_eq!(of(70).unwrap().1, Severity::Warning);
    assert_eq!(of(90).unwrap().1, Severity::Critical);
    let none = Connections::default();
    assert!(findings(&Health { connections: Some(none), ..Health::default() }).is_empty());
}

#[test]
fn the_rate_of_hits_counts_after_enough_pages() {
    let of = |hits, reads| {
        let traffic = Some(Traffic { hits, reads, ..Traffic::default() });
        findings(&Health { traffic, database: "shop".to_owned(), ..Health::default() }).pop()
    };
    assert_eq!(of(0, 99_999), None);
    assert_eq!(of(99_000, 1_000), None);
    assert_eq!(of(98_999, 1_001), Some(("buffer_hit_rate:shop".to_owned(), Severity::Warning)));
    assert_eq!(of(89_999, 10_001).unwrap().1, Severity::Critical);
    assert_eq!(of(u64::MAX, u64::MAX).unwrap().1, Severity::Critical);
}

#[test]
fn a_slot_in_use_is_told_of_when_it_keeps_much() {
    let slot = |is_active, retained_bytes, holds_back| Slot {
        name: "reader".to_owned(),
        is_active,
        retained_bytes,
        holds_back,
        usual_bytes: 1 << 30,
        ..Slot::default()
    };
    let of = |slot: Slot| findings(&Health { slots: vec![slot], ..Health::default() }).pop();
    assert_eq!(of(slot(true, 1 << 29, Some(5))), None);
    assert_eq!(of(slot(true, 1 << 30, None)).unwrap().1, Severity::Warning);
    assert_eq!(of(slot(true, 10 << 30, None)).unwrap().1, Severity::Critical);
    assert_eq!(of(slot(true, 0, Some(10_000_000))).unwrap().1, Severity::Warning);
    let finding = only(&Health { slots: vec![slot(true, 2 << 30, None)], ..Health::default() });
    assert_eq!(finding.remedy.code, None, "it is in use");
}

#[test]
fn of_replicas_with_one_name_the_latest_counts() {
    let replica = |name: &str, seconds| ReplicaState {
        name: name.to_owned(),
        lag: Some(Duration::from_secs(seconds)),
        ..ReplicaState::default()
    };
    let replicas = vec![replica("b", 100), replica("a", 30), replica("b", 700), replica("c", 60)];
    let found = findings(&Health { replicas, ..Health::default() });
    let expected = [
        ("replica_lag:b".to_owned(), Severity::Critical),
        ("replica_lag:c".to_owned(), Severity::Warning),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_replica_without_lag_is_well_whatever_its_limit() {
    let recovery = Some(Recovery { lag: Some(Duration::ZERO), ..Recovery::default() });
    let health = Health { recovery, ..Health::default() };
    assert!(health.findings(&Limits::default().replica_lag(Duration::ZERO)).is_empty());
}

#[test]
fn a_vacuum_that_is_at_it_is_not_late() {
    let table = |dead, is_running, is_enabled| DeadRows {
        schema: "public".to_owned(),
        name: "t".to_owned(),
        dead,
        threshold: 20_000.0,
        is_running,
        is_enabled,
        ..DeadRows::default()
    };
    let of = |table| {
        findings(&Health { dead_rows: vec![table], ..Health::default() }).pop().map(|found| found.1)
    };
    assert_eq!(of(table(20_000, false, true)), None);
    assert_eq!(of(table(40_000, false, true)), Some(Severity::Info));
    assert_eq!(of(table(40_001, false, true)), Some(Severity::Warning));
    assert_eq!(of(table(20_001, false, false)), Some(Severity::Warning));
    assert_eq!(of(table(90_000, true, true)), None);
}

#[test]
fn the_one_who_holds_back_the_most_is_named() {
    let health = Health {
        sessions: vec![session(1, false, None)],
        slots: vec![Slot { name: "old".to_owned(), holds_back: Some(90), ..Slot::default() }],
        prepared: Some(PreparedTransactions { holds_back: 8, ..PreparedTransactions::default() }),
        dead_rows: vec![DeadRows { dead: 50_000, is_enabled: true, ..DeadRows::default() }],
        ..Health::default()
    };
    let finding = only(&health);
    let held = finding.evidence.iter().find(|evidence| evidence.label == "held back by").unwrap();
    assert_eq!(held.value, "slot old, 90 transactions old");
}
