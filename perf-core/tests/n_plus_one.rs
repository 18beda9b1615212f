//! The rule: one statement from one place, five times in one scope, three in a test.

use std::time::Duration;

use perf_core::finding::Severity;
use perf_core::{
    CallSite, Finding, FindingKind, Fingerprint, Label, Outcome, QueryEvent, Recorder, Scope,
};

const BY_ID: &str = "select sku, quantity from lines where order_id = $1";

#[track_caller]
fn send(sql: &'static str, parameters: u64) {
    QueryEvent::new(Fingerprint::of_static(sql), CallSite::here(), Duration::from_millis(2))
        .parameters(parameters)
        .rows(1)
        .record();
}

fn findings_of(body: impl FnOnce()) -> Vec<Finding> {
    Scope::named("test").run_sync(body).1.findings()
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn three_times_with_other_parameters_is_an_n_plus_one_in_a_test() {
    assert_eq!(kinds(&findings_of(|| (0..2).for_each(|id| send(BY_ID, id)))), []);
    let findings = findings_of(|| (0..3).for_each(|id| send(BY_ID, id)));
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
}

#[test]
fn the_same_parameters_each_time_are_a_repeated_query() {
    let findings = findings_of(|| (0..3).for_each(|_| send(BY_ID, 7)));
    assert_eq!(kinds(&findings), [FindingKind::RepeatedQuery]);
}

#[test]
fn sixty_percent_of_the_parameter_sets_must_differ() {
    let differing = |sets: u64| findings_of(move || (0..10).for_each(|i| send(BY_ID, i % sets)));
    assert_eq!(kinds(&differing(6)), [FindingKind::NPlusOne]);
    assert_eq!(kinds(&differing(5)), []);
}

#[test]
fn other_statements_in_between_change_nothing() {
    let findings = findings_of(|| {
        for id in 0..3 {
            send(BY_ID, id);
            send("select now()", 0);
            send("begin", 0);
        }
    });
    let expected = [FindingKind::NPlusOne, FindingKind::RepeatedQuery];
    assert_eq!(kinds(&findings), expected, "and session statements never count");
}

#[test]
fn the_same_statement_from_two_places_is_two_groups() {
    let findings = findings_of(|| {
        send(BY_ID, 1);
        send(BY_ID, 2);
        send(BY_ID, 3);
    });
    assert_eq!(kinds(&findings), []);
}

#[test]
fn writes_count_and_so_does_lower_case() {
    let insert = "INSERT INTO lines (sku) VALUES ($1)";
    assert_eq!(
        kinds(&findings_of(|| (0..3).for_each(|id| send(insert, id)))),
        [FindingKind::NPlusOne]
    );
    let upper = "SELECT 1 FROM t WHERE id = $1";
    let lower = "select 1 from t where id = $1";
    let findings = findings_of(|| {
        for (id, sql) in [upper, lower, upper].into_iter().enumerate() {
            send(sql, id as u64);
        }
    });
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
}

#[test]
fn values_written_into_the_statement_are_parameters_too() {
    let findings = findings_of(|| {
        for id in 0..20 {
            let sql = format!("select sku from lines where order_id = {id}");
            QueryEvent::new(Fingerprint::of(&sql), CallSite::here(), Duration::from_millis(1))
                .record();
        }
    });
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
}

#[test]
fn a_loop_that_changes_its_nature_is_judged_by_its_whole_run() {
    let findings = findings_of(|| (0..5_000).for_each(|n: u64| send(BY_ID, n.saturating_sub(100))));
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
    let findings = findings_of(|| (0..5_000).for_each(|n: u64| send(BY_ID, n.min(1_000))));
    assert_eq!(kinds(&findings), [], "most of them are the same, some are not");
}

#[test]
fn the_same_loop_at_two_places_is_one_finding_with_two_call_sites() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(|| {
        (0..5).for_each(|id| send(BY_ID, id));
        (0..5).for_each(|id| send(BY_ID, id));
    });
    scope.close(Outcome::Ok);
    let findings = recorder.snapshot().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].call_sites.len(), 2);
}

#[test]
fn repetitions_that_do_not_fit_become_no_finding_and_are_counted() {
    let recorder = Recorder::builder().repetitions(0).build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(|| (0..5).for_each(|id| send(BY_ID, id)));
    scope.close(Outcome::Ok);
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.findings.len(), snapshot.dropped.repetitions), (0, 1));
}

#[test]
fn a_long_loop_is_judged_by_a_sample_and_counted_to_its_end() {
    let findings = findings_of(|| (0..10_000).for_each(|id| send(BY_ID, id)));
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
    let count = findings[0].evidence.iter().find(|evidence| evidence.label == "queries per scope");
    assert_eq!(count.expect("present").value, "10000.0, at most 10000");
}

#[test]
fn the_finding_says_where_how_much_and_what_to_do() {
    let recorder = Recorder::builder().build();
    let mut line = 0;
    for _ in 0..4 {
        let mut scope = recorder.scope(Label::request("GET", "/orders"));
        scope.enter(|| {
            for id in 0..5 {
                line = line!() + 1;
                send(BY_ID, id);
            }
        });
        scope.close(Outcome::Ok);
    }
    let snapshot = recorder.snapshot();
    let finding = &snapshot.findings[0];
    assert_eq!(finding.kind, FindingKind::NPlusOne);
    assert_eq!(finding.subject, "GET /orders");
    assert_eq!((finding.call_sites[0].file, finding.call_sites[0].line), (file!(), line));
    assert_eq!(finding.severity, Severity::Critical);
    assert!(finding.impact.per_minute > Duration::ZERO);
    let values: Vec<_> = finding.evidence.iter().map(|e| (e.label, e.value.as_str())).collect();
    assert!(values.contains(&("queries per scope", "5.0, at most 5")), "{values:?}");
    assert!(values.contains(&("scopes", "4")), "{values:?}");
    assert!(values.contains(&("query time per scope", "10.0 ms")), "{values:?}");
    let expected = "select order_id, sku, quantity from lines where order_id = any($1)";
    assert_eq!(finding.remedy.code.as_deref(), Some(expected));
    assert!(
        finding.remedy.advice.contains("group its rows by order_id"),
        "{}",
        finding.remedy.advice
    );

    let json = serde_json::to_value(&snapshot).expect("serializable");
    assert_eq!(json["findings"][0]["kind"], "n_plus_one");
    assert_eq!(json["findings"][0]["call_sites"][0]["line"], line);
}

#[test]
fn four_times_is_not_enough_outside_of_tests_unless_the_recorder_says_so() {
    let found = |recorder: Recorder| {
        let mut scope = recorder.scope(Label::job("job"));
        scope.enter(|| (0..4).for_each(|id| send(BY_ID, id)));
        scope.close(Outcome::Ok);
        recorder.snapshot().findings.len()
    };
    assert_eq!(found(Recorder::builder().build()), 0);
    assert_eq!(found(Recorder::builder().repetitions_at(4).build()), 1);
}

#[test]
fn findings_stand_in_the_order_of_what_they_cost() {
    let recorder = Recorder::builder().build();
    for (route, queries) in [("/cheap", 5), ("/dear", 50)] {
        let mut scope = recorder.scope(Label::request("GET", route));
        scope.enter(|| (0..queries).for_each(|id| send(BY_ID, id)));
        scope.close(Outcome::Ok);
    }
    let snapshot = recorder.snapshot();
    let subjects: Vec<_> = snapshot.findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["GET /dear", "GET /cheap"]);
}

#[test]
fn parameters_that_nobody_told_make_an_n_plus_one_that_says_so() {
    let send = |sql: &str| {
        let site = CallSite::at("src/orders.rs", 12);
        QueryEvent::new(Fingerprint::of_repeated(sql), site, Duration::from_millis(2))
            .parameters_unknown()
            .record();
    };
    let says_unknown =
        |finding: &Finding| finding.evidence.iter().any(|told| told.label == "parameters");
    let findings = findings_of(|| (0..3).for_each(|_| send(BY_ID)));
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
    assert!(says_unknown(&findings[0]));
    assert_eq!(findings[0].call_sites[0].to_string(), "src/orders.rs:12");

    // With no placeholders there is nothing to be told.
    let findings = findings_of(|| (0..3).for_each(|_| send("select sku from lines where id = 7")));
    assert_eq!(kinds(&findings), [FindingKind::RepeatedQuery]);
    assert!(!says_unknown(&findings[0]));
    let findings = findings_of(|| {
        (0..3).for_each(|id| send(&format!("select sku from lines where id = {id}")));
    });
    assert_eq!(kinds(&findings), [FindingKind::NPlusOne]);
    assert!(!says_unknown(&findings[0]));

    let recorder = Recorder::builder().build();
    let scope = recorder.scope(Label::request("GET", "/orders"));
    scope.run_sync(|| (0..5).for_each(|_| send(BY_ID)));
    assert!(says_unknown(&recorder.snapshot().findings[0]));
}
