//! What each route asks of databases, caches and other services, and from where.

use std::time::Duration;

use perf_core::recorder::{RouteStats, UsageKind};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, Label,
    Name, Outcome, PoolEvent, QueryEvent, Recorder,
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[track_caller]
fn query(sql: &str, millis: u64) {
    QueryEvent::new(Fingerprint::of(sql), CallSite::here(), ms(millis)).record();
}

fn run(recorder: &Recorder, job: &str, body: impl FnOnce()) {
    recorder.scope(Label::job(job)).run_sync(body);
}

fn route(recorder: &Recorder, name: &str) -> RouteStats {
    let routes = recorder.snapshot().routes;
    routes.into_iter().find(|route| route.route == name).expect("it has closed")
}

#[test]
fn a_route_lists_what_it_uses_most_time_first() {
    let recorder = Recorder::builder().build();
    for _ in 0..3 {
        run(&recorder, "job", || {
            (0..4).for_each(|n| query(&format!("select a from b where id = {n}"), 5));
            PoolEvent::new(&Name::new("main"), ms(2), EventOutcome::Ok).record();
            CacheEvent::new(&Name::new("products"), CacheTier::Remote, CacheOutcome::Hit)
                .duration(ms(1))
                .record();
            CallEvent::new(&Name::new("GET stock /"), ms(30), EventOutcome::Ok)
                .call_site(CallSite::here())
                .record();
        });
    }
    let uses = route(&recorder, "job").uses;
    let told: Vec<_> = uses.iter().map(|u| (u.kind, &*u.what, u.scopes, u.count, u.time)).collect();
    let expected = [
        (UsageKind::Call, "GET stock /", 3, 3, ms(90)),
        (UsageKind::Query, "select a from b where id = ?", 3, 12, ms(60)),
        (UsageKind::Pool, "main", 3, 3, ms(6)),
        (UsageKind::Cache, "products", 3, 3, ms(3)),
    ];
    assert_eq!(told, expected);
    assert!([&uses[0], &uses[1]].iter().all(|usage| usage.call_site.file == file!()));
    assert_eq!(uses[2].call_site.to_string(), "-");
}

#[test]
fn another_call_site_and_another_route_are_another_use() {
    let recorder = Recorder::builder().build();
    run(&recorder, "one", || {
        query("select 1", 1);
        query("select 1", 1);
    });
    run(&recorder, "other", || query("select 1", 1));
    assert_eq!(route(&recorder, "one").uses.len(), 2);
    assert_eq!(route(&recorder, "other").uses.len(), 1);
}

#[test]
fn work_of_an_open_scope_is_in_the_list_when_it_closes() {
    let recorder = Recorder::builder().build();
    let mut scope = recorder.scope(Label::job("job"));
    scope.enter(|| query("select 1", 1));
    assert!(route(&recorder, "job").uses.is_empty());
    scope.close(Outcome::Ok);
    assert_eq!(route(&recorder, "job").uses.len(), 1);
}

#[test]
fn a_full_list_counts_what_it_cannot_show() {
    let recorder = Recorder::builder().usages(10).build();
    for n in 0..1_000 {
        run(&recorder, &format!("job {}", n % 100), || query(&format!("select c{n}"), 1));
    }
    let snapshot = recorder.snapshot();
    let shown: usize = snapshot.routes.iter().map(|route| route.uses.len()).sum();
    assert_eq!((shown, snapshot.dropped.usages), (10, 990));
    assert!(snapshot.to_string().contains("990 uses of a statement"), "{snapshot}");
}

#[test]
fn routes_beyond_the_bound_share_one_list() {
    let recorder = Recorder::builder().routes(1).build();
    for n in 0..3 {
        run(&recorder, &format!("job {n}"), || query("select 1", 1));
    }
    assert_eq!(route(&recorder, "_other").uses[0].scopes, 2);
}
