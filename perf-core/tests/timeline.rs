//! What a scope did, one thing after the other, up to a bound.

use std::thread;
use std::time::Duration;

use perf_core::scope::{NameKind, Step, StepKind};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, Name,
    PoolEvent, QueryEvent, Scope, SpanEvent, Work,
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn work_of(body: impl FnOnce()) -> Work {
    Scope::named("test").run_sync(body).1
}

fn query(sql: &'static str, duration: Duration) {
    QueryEvent::new(Fingerprint::of_static(sql), CallSite::here(), duration).rows(2).record();
}

/// Which one it is, without its times.
fn told(step: &Step<'_>) -> String {
    let kind = serde_json::to_value(step.kind).expect("plain data");
    let what = ["statement", "pool", "cache", "target", "name"].iter().find_map(|key| {
        let what = kind.get(key)?.as_str()?;
        Some(what.to_owned())
    });
    format!("{}: {}", kind["kind"].as_str().expect("a tag"), what.expect("a name"))
}

#[test]
fn each_sort_of_thing_is_told_with_its_start_and_its_duration() {
    let started = perf_core::time::now();
    let work = work_of(|| {
        thread::sleep(ms(5));
        PoolEvent::new(&Name::new("main"), ms(5), EventOutcome::Ok).record();
        thread::sleep(ms(10));
        query("select 1", ms(10));
        thread::sleep(ms(5));
        CacheEvent::new(&Name::new("products"), CacheTier::Remote, CacheOutcome::Miss)
            .duration(ms(5))
            .record();
        thread::sleep(ms(20));
        CallEvent::new(&Name::new("GET stock /"), ms(20), EventOutcome::Error).record();
        SpanEvent::time("render", || thread::sleep(ms(5)));
    });
    let whole = started.elapsed();
    let steps: Vec<Step<'_>> = work.steps().collect();
    let expected =
        ["pool: main", "query: select ?", "cache: products", "call: GET stock /", "span: render"];
    assert_eq!(steps.iter().map(told).collect::<Vec<_>>(), expected);
    // The earliest that each can have begun, and how long it said that it took.
    let times = [(0, 5), (5, 10), (15, 5), (20, 20), (40, 5)];
    let late = whole - ms(45);
    for (step, (start, duration)) in steps.iter().zip(times) {
        assert!(step.start >= ms(start) && step.start <= ms(start) + late, "{step:?}");
        assert!(step.duration >= ms(duration) && step.duration <= ms(duration) + late, "{step:?}");
        assert!(step.start + step.duration <= work.elapsed(), "{step:?}");
    }
    let outcomes: Vec<EventOutcome> = steps.iter().map(|step| step.outcome).collect();
    assert_eq!(outcomes.iter().filter(|&&outcome| outcome == EventOutcome::Error).count(), 1);
    assert!(matches!(steps[1].kind, StepKind::Query { rows: 2, .. }));
    assert_eq!(work.steps_left_out(), 0);
}

#[test]
fn what_took_no_time_is_counted_and_no_step() {
    let work = work_of(|| {
        let name = Name::new("products");
        CacheEvent::new(&name, CacheTier::Local, CacheOutcome::Hit).record();
        PoolEvent::new(&name, Duration::from_nanos(900), EventOutcome::Ok).record();
    });
    assert_eq!((work.steps().count(), work.steps_left_out()), (0, 0));
    let counts: Vec<_> =
        work.name_groups().iter().map(|group| (group.kind(), group.count())).collect();
    assert_eq!(counts, [(NameKind::Cache, 1), (NameKind::Pool, 1)]);
}

#[test]
fn of_ten_thousand_things_the_first_are_told_one_by_one_and_all_are_counted() {
    let work = work_of(|| {
        for _ in 0..5_000 {
            query("select 1", Duration::from_micros(3));
            query("select a from b", Duration::from_micros(5));
        }
    });
    assert_eq!((work.steps().count(), work.steps_left_out()), (96, 9_904));
    let groups = work.query_groups();
    let exact: Vec<_> =
        groups.iter().map(|group| (group.count(), group.rows(), group.time())).collect();
    assert_eq!(exact, [(5_000, 10_000, ms(15)), (5_000, 10_000, ms(25))]);
    assert_eq!((work.queries(), work.rows(), work.query_time()), (10_000, 20_000, ms(40)));
}

#[test]
fn of_too_many_names_the_later_ones_are_neither_groups_nor_steps() {
    let work = work_of(|| {
        for n in 0..40 {
            let target = Name::new(format!("GET host-{n} /"));
            CallEvent::new(&target, ms(1), EventOutcome::Ok).record();
        }
    });
    assert_eq!((work.calls(), work.call_time()), (40, ms(40)));
    assert_eq!((work.name_groups().len(), work.steps().count()), (32, 32));
    assert_eq!(work.steps_left_out(), 8);
}

#[test]
fn what_began_before_its_scope_begins_with_it() {
    let work = work_of(|| query("select 1", Duration::from_secs(3_600)));
    let step = work.steps().next().expect("one");
    assert_eq!((step.start, step.duration), (Duration::ZERO, Duration::from_secs(3_600)));
}

#[test]
fn a_step_in_json_tells_its_units() {
    let work = work_of(|| query("select 1", Duration::from_micros(1_500)));
    let step = serde_json::to_value(work.steps().next().expect("one")).expect("plain data");
    assert_eq!((step["kind"].as_str(), step["duration_ms"].as_f64()), (Some("query"), Some(1.5)));
    assert!(step["start_ms"].is_number() && step["call_site"]["line"].is_number(), "{step}");
}
