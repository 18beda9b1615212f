//! What is known of one scope, of a finding and of routes is text that fits a terminal.

use std::time::Duration;

use perf_core::time;
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, Label,
    Name, Outcome, PoolEvent, QueryEvent, Recorder, Scope, SpanEvent,
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn query() {
    let statement = Fingerprint::of_static(
        "select id, customer, total, created from orders where customer = $1 and created > $2",
    );
    QueryEvent::new(statement, CallSite::here(), ms(4)).rows(3).record();
}

fn page() {
    let name = Name::new("products");
    PoolEvent::new(&Name::new("main"), ms(2), EventOutcome::Ok).size(1, 8).record();
    (0..5).for_each(|_| query());
    CacheEvent::new(&name, CacheTier::Remote, CacheOutcome::Hit).duration(ms(1)).record();
    CallEvent::new(&Name::new("GET suppliers /price/{id}"), ms(50), EventOutcome::Cancelled)
        .call_site(CallSite::here())
        .record();
    SpanEvent::new("render", ms(3)).record();
}

/// Requests of all sorts: plain ones, one that is cancelled, one that streams.
fn recorder() -> Recorder {
    let recorder = Recorder::builder().build();
    let request = |template: &str| recorder.scope(Label::request("GET", template));
    let mut orders = request("/customers/{customer}/orders");
    orders.enter(page);
    orders.mark_head();
    orders.status(200);
    orders.request_bytes(512);
    orders.add_response_bytes(20_480);
    orders.close_at(Outcome::Ok, time::now() + ms(100));
    drop(request("/customers/{customer}/orders"));
    let mut events = request("/events");
    events.mark_stream();
    events.close_at(Outcome::Ok, time::now() + Duration::from_secs(60));
    recorder
}

#[track_caller]
fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 120, "{}: {line}\n{text}", line.chars().count());
    }
}

/// The lines from this title to the next empty line, without it.
fn table<'a>(text: &'a str, title: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
    lines.take_while(|line| !line.is_empty()).collect()
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn the_report_shows_where_time_goes_what_was_cancelled_streams_and_bodies() {
    let text = recorder().snapshot().to_string();
    let tables = text.split("\nFindings").next().expect("one part");
    fits(tables);
    assert!(text.starts_with("3 requests in ") && text.contains(" 0 errors, 1 cancelled\n"));

    let routes = table(&text, "Routes");
    assert_eq!(words(routes[0])[..4], ["route", "requests", "errors", "cancelled"]);
    let orders = routes.iter().find(|line| line.contains("/orders")).expect("a row");
    assert_eq!(words(orders)[2..5], ["2", "0", "1"], "{text}");

    let splits = table(&text, "Where the time goes");
    let heads = "route of all mean ms cpu database cache outgoing scheduler rest";
    assert_eq!(words(splits[0]).join(" "), heads);
    assert!(splits[1].contains("GET /events"), "most time first: {text}");
    assert!(splits[1].ends_with("100 %"), "{text}");

    assert_eq!(words(table(&text, "Streams")[1])[..3], ["GET", "/events", "1"]);
    let bodies = table(&text, "Bodies");
    assert!(bodies[1].contains(" B ") && bodies[1].contains("20.") && bodies[1].contains(" KiB"));
}

#[test]
fn a_report_of_plain_requests_has_no_word_about_what_there_was_not() {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("job")).close(Outcome::Ok);
    let text = recorder.snapshot().to_string();
    for word in ["cancelled", "Streams", "Bodies", "Queries", "Pools"] {
        assert!(!text.contains(word), "{word} is in {text}");
    }
}

#[test]
fn a_kept_scope_is_a_waterfall() {
    let recorder = recorder();
    let routes = recorder.snapshot().routes;
    let orders = routes.iter().find(|route| route.route.ends_with("orders")).expect("it closed");
    let text = recorder.kept_of(&orders.id)[0].to_string();
    fits(&text);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("GET /customers/{customer}/orders: ok in 100."), "{text}");
    assert!(lines[0].contains(", status 200, head after "), "{text}");
    assert!(lines[1].contains("database") && lines[1].contains("rest"), "{text}");
    assert_eq!(lines.len(), 3 + 9, "a line for each step: {text}");
    for expected in [
        "wait for a connection of main",
        "select id, customer, total, crea…  3 rows",
        "waterfall_text.rs:",
        "cache products: remote hit",
        "call GET suppliers /price/{id}  cancelled",
        "render",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let bars = lines[3..].iter().map(|line| line.split('|').nth(1).expect("a bar"));
    assert!(bars.clone().all(|bar| bar.chars().count() == 24 && bar.contains('#')), "{text}");
    let longest = bars.map(|bar| bar.matches('#').count()).max();
    assert_eq!(longest, Some(12), "50 of 100 ms: {text}");
}

#[test]
fn a_step_longer_than_its_scope_stays_within_the_picture() {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("job")).run_sync(|| SpanEvent::new("age", Duration::MAX).record());
    let id = &recorder.snapshot().routes[0].id;
    let text = recorder.kept_of(id)[0].to_string();
    assert!(text.contains(&format!("|{}|", "#".repeat(24))), "{text}");
}

#[test]
fn work_is_text_for_the_message_of_an_assertion() {
    let ((), work) = Scope::named("test").run_sync(page);
    let text = work.to_string();
    fits(&text);
    let queries = "5 queries (5 reads, 0 writes) with 15 rows in 20.0 ms; elapsed ";
    let others = "2.0 ms waiting for connections, 1 cache hits, 1 calls in 50.0 ms\n";
    assert!(text.starts_with(queries) && text.contains(others), "{text}");
    let statement = text.lines().nth(3).expect("a row");
    assert_eq!(words(statement)[..4], ["5", "20.0", "ms", "select"], "{text}");
    assert!(statement.contains("waterfall_text.rs:"), "{text}");
    assert!(text.contains("call GET suppliers /price/{id}"), "{text}");
    assert!(Scope::named("idle").run_sync(|| ()).1.to_string().starts_with("0 queries"));
}

#[test]
fn a_finding_is_the_same_text_in_the_report_and_by_itself() {
    let snapshot = recorder().snapshot();
    let (finding, report) = (&snapshot.findings[0], snapshot.to_string());
    let text = finding.to_string();
    for line in text.lines() {
        assert!(report.contains(line.trim_start()), "{line} is not in {report}");
    }
    assert!(!text.ends_with('\n') && text.contains("\n  do: "), "{text}");
    let headline = finding.headline();
    assert_eq!(headline.lines().count(), 1);
    assert!(headline.contains("repeated_query: GET /customers"), "{headline}");
    assert!(headline.contains(" per minute, ") && headline.contains("waterfall_text.rs:"));
}
