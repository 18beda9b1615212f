//! The hot paths allocate no more than their docs say.

use std::time::Duration;

use perf_core::alloc::{self, Counting};
use perf_core::metric::Histogram;
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallSite, Fingerprint, Label, Name, Outcome, QueryEvent,
    Recorder,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

fn allocations(body: impl FnOnce()) -> u64 {
    let before = alloc::so_far();
    body();
    (alloc::so_far() - before).count
}

fn query() {
    let fingerprint = Fingerprint::of_static("select name from users where id = $1");
    QueryEvent::new(fingerprint, CallSite::here(), Duration::from_micros(100)).rows(1).record();
}

#[test]
fn a_query_event_of_a_known_statement_allocates_nothing() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(|| {
        query();
        assert_eq!(allocations(|| (0..1_000).for_each(|_| query())), 0);
    });
    scope.close(Outcome::Ok);
    query();
    assert_eq!(allocations(|| (0..1_000).for_each(|_| query())), 0, "outside every scope");
}

#[test]
fn a_scope_of_a_known_route_allocates_once() {
    let recorder = Recorder::builder().build();
    let request = || {
        let mut scope = recorder.scope(Label::request("GET", "/orders/{id}"));
        scope.mark_head();
        scope.close(Outcome::Ok);
    };
    (0..1_000).for_each(|_| request());
    assert_eq!(allocations(request), 1);
}

#[test]
fn a_histogram_and_a_cache_event_allocate_nothing_once_warm() {
    let histogram = Histogram::new();
    let name = Name::new("products");
    let event = || CacheEvent::new(&name, CacheTier::Local, CacheOutcome::Hit).record();
    histogram.record(Duration::from_millis(5));
    event();
    let warm = || {
        histogram.record(Duration::from_millis(5));
        event();
    };
    assert_eq!(allocations(warm), 0);
}

#[test]
fn a_scope_counts_what_is_allocated_in_its_polls_and_nothing_else() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    let _outside = vec![0_u8; 10_000];
    let mut bytes = scope.enter(|| Vec::<u8>::with_capacity(1_000));
    let mut task = std::task::Context::from_waker(std::task::Waker::noop());
    _ = scope.poll(&mut task, |_| {
        bytes.reserve_exact(1_500);
        let zeros = vec![0_u8; 500];
        std::task::Poll::Ready(zeros.len())
    });
    drop(bytes);
    scope.close(Outcome::Ok);
    let allocated = recorder.snapshot().routes[0].allocations;
    assert_eq!((allocated.count, allocated.bytes), (3, 1_000 + 500 + 500));
}

#[test]
fn allocations_are_in_the_json_where_there_were_any() {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("none")).close(Outcome::Ok);
    _ = recorder.scope(Label::job("one")).run_sync(|| Box::new(1_u64));
    let json = serde_json::to_value(recorder.snapshot()).expect("plain data");
    let routes = json["routes"].as_array().expect("a list");
    let allocations = |name: &str| {
        let route = routes.iter().find(|route| route["route"] == name).expect("there");
        route.get("allocations").map(serde_json::Value::to_string)
    };
    assert_eq!(allocations("none"), None);
    assert_eq!(allocations("one").as_deref(), Some(r#"{"bytes":8,"count":1}"#));
}
