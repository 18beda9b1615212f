//! The text report is fit to be read whatever the names in it are, and however many there are.

use std::time::Duration;

use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallSite, EventOutcome, Fingerprint, Label, Name, Outcome,
    PoolEvent, QueryEvent, Recorder,
};

fn query(statement: &str) {
    let duration = Duration::from_millis(1);
    QueryEvent::new(Fingerprint::of(statement), CallSite::here(), duration).record();
}

/// One scope that sends a statement five times, which makes a finding.
fn repeat(recorder: &Recorder, label: &str, statement: &str) {
    recorder.scope(Label::job(label)).run_sync(|| (0..5).for_each(|_| query(statement)));
}

#[test]
fn control_characters_neither_break_rows_nor_reach_the_terminal() {
    let recorder = Recorder::builder().build();
    repeat(&recorder, "job\u{1b}[2J\nforged row", "select \"a\nb\u{202e}\" from t");
    let name = Name::new("cache\r\u{7}");
    recorder.scope(Label::job("job")).run_sync(|| {
        CacheEvent::new(&name, CacheTier::Local, CacheOutcome::Hit).record();
    });
    let text = recorder.snapshot().to_string();
    let is_hostile = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(is_hostile), "{text:?}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("forged")), "{text}");
    assert_eq!(text.matches("job\u{fffd}[2J\u{fffd}forged row").count(), 3, "{text}");
    assert!(text.contains("cache\u{fffd}\u{fffd}"), "{text}");
}

#[test]
fn every_table_and_the_findings_end_after_twenty_and_tell_how_many_more_there_are() {
    let recorder = Recorder::builder().build();
    for n in 0..25 {
        repeat(&recorder, &format!("job {n}"), &format!("select a from t{n}"));
        let name = Name::new(format!("name {n}"));
        recorder.scope(Label::job("names")).run_sync(|| {
            CacheEvent::new(&name, CacheTier::Local, CacheOutcome::Hit).record();
            PoolEvent::new(&name, Duration::from_millis(1), EventOutcome::Ok).record();
        });
    }
    let text = recorder.snapshot().to_string();
    let more: Vec<&str> = text.lines().filter(|line| line.ends_with(" more")).collect();
    let [routes, splits, queries, caches, pools, findings] = [6, 6, 5, 5, 5, 5];
    let expected =
        [routes, splits, queries, caches, pools, findings].map(|n| format!("and {n} more"));
    assert_eq!(more.iter().map(|line| line.trim()).collect::<Vec<_>>(), expected, "{text}");
    assert!(text.contains("\n 20. ") && !text.contains("\n 21. "), "{text}");
}

#[test]
fn a_long_statement_is_shortened_in_tables_and_in_evidence() {
    let recorder = Recorder::builder().build();
    let columns: Vec<String> = (0..200).map(|n| format!("column_{n}")).collect();
    repeat(&recorder, "job", &format!("select {} from t", columns.join(", ")));
    let text = recorder.snapshot().to_string();
    assert_eq!(text.matches("column_2,").count(), 2, "in the table and in the finding: {text}");
    assert_eq!(text.matches("column_20,").count(), 1, "the finding shows more: {text}");
    assert!(!text.contains("column_90"), "{text}");
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let recorder = Recorder::builder().build();
    for label in ["a", "a longer name"] {
        recorder.scope(Label::job(label)).close(Outcome::Ok);
    }
    let text = recorder.snapshot().to_string();
    let table: Vec<&str> = text.lines().skip(3).take(3).collect();
    let ends = table.iter().map(|line| line.chars().count());
    assert!(ends.clone().all(|end| Some(end) == ends.clone().next()), "{text}");
    assert!(table[0].starts_with("  route          requests"), "{text}");
}
