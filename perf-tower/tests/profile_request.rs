//! The profile of one request holds that request's work and nobody else's; with a real server and
//! real sockets.

mod profile_support;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
use profile_support::{Client, burn, burn_cpu, exclusively, folded, serve};

/// Processor time that the handlers below took, in milliseconds.
static OWN_CPU_MILLIS: AtomicU64 = AtomicU64::new(0);

#[inline(never)]
fn own_work(millis: u64) {
    let cpu = burn_cpu(Duration::from_millis(millis));
    OWN_CPU_MILLIS.fetch_add(cpu.as_millis() as u64, Ordering::Relaxed);
}

#[inline(never)]
fn decoy_work() {
    black_box(burn(Duration::from_millis(2)));
}

async fn orders() {
    own_work(600);
}

/// Is woken by a foreign thread after each step, so that whichever worker is free takes the task,
/// until that has been another one often enough.
async fn moving() {
    let mut workers = Vec::new();
    for _ in 0..1_000 {
        own_work(10);
        workers.push(thread::current().id());
        drop(tokio::task::spawn_blocking(|| ()).await);
        let moves = workers.windows(2).filter(|two| two[0] != two[1]).count();
        if moves >= 5 && workers.len() >= 50 {
            return;
        }
    }
    panic!("the task never moved, so this shows nothing");
}

async fn download() -> Body {
    Body::from_stream(stream::iter(0..50).map(|_| {
        own_work(10);
        Ok::<_, std::io::Error>(Bytes::from_static(b"more"))
    }))
}

async fn waiting() -> &'static str {
    tokio::time::sleep(Duration::from_millis(50)).await;
    "rested"
}

fn app() -> Router {
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    Router::new()
        .route("/orders/{id}", get(orders))
        .route("/moving", get(moving))
        .route("/download", get(download))
        .route("/waiting", get(waiting))
        .layer(ProfileLayer::new(&profiler))
        .nest_service("/perf", ProfileService::new(&profiler))
}

/// Tasks that keep the other workers busy, until it is dropped.
struct Decoys;

static DECOYS: AtomicBool = AtomicBool::new(false);

impl Decoys {
    fn start() -> Self {
        DECOYS.store(true, Ordering::SeqCst);
        // More than there are workers: else the one without a decoy would take every task.
        for _ in 0..6 {
            tokio::spawn(async {
                while DECOYS.load(Ordering::SeqCst) {
                    decoy_work();
                    tokio::task::yield_now().await;
                }
            });
        }
        Self
    }
}

impl Drop for Decoys {
    fn drop(&mut self) {
        DECOYS.store(false, Ordering::SeqCst);
    }
}

/// Stacks of a profile of `path` at 100 Hz; the handler's processor time must be found in it.
async fn own_stacks(path: &str, function: &str) -> Vec<(String, u64)> {
    let client = Client::of(serve(app()).await).bearer("t");
    OWN_CPU_MILLIS.store(0, Ordering::SeqCst);
    let answer = client.get(&format!("{path}?profile=collapsed&hz=100")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let stacks = folded(&answer.text());
    let samples: u64 = stacks.iter().map(|(_, count)| count).sum();
    let expected = OWN_CPU_MILLIS.load(Ordering::SeqCst) / 10;
    println!("{path}: {samples} samples of {expected}");
    assert!(
        expected >= 50 && samples * 3 > expected * 2 && samples * 2 < expected * 3,
        "{samples} of {expected}"
    );
    let own: u64 = stacks.iter().filter(|(s, _)| s.contains(function)).map(|(_, c)| c).sum();
    assert!(own * 100 >= samples * 95, "{}", answer.text());
    stacks
}

/// An optimised build inlines it, and line tables do not name what was inlined.
fn handler(name: &str) -> String {
    let name = if cfg!(debug_assertions) { name } else { "" };
    format!("profile_request::{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_decoy_on_other_workers_is_in_no_stack() {
    let _one = exclusively().await;
    let _decoys = Decoys::start();
    for (stack, _) in own_stacks("/orders/42", "own_work").await {
        assert!(!stack.contains("decoy"), "{stack}");
        assert!(stack.starts_with(&format!("GET /orders/{{id}};{}", handler("orders"))), "{stack}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_is_followed_over_await_to_other_workers() {
    let _one = exclusively().await;
    let _decoys = Decoys::start();
    for (stack, _) in own_stacks("/moving", "own_work").await {
        assert!(!stack.contains("decoy"), "{stack}");
        assert!(stack.starts_with(&format!("GET /moving;{}", handler("moving"))), "{stack}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_work_of_making_the_body_is_the_requests_too() {
    let _one = exclusively().await;
    let stacks = own_stacks("/download", "own_work").await;
    assert!(stacks.iter().all(|(stack, _)| stack.starts_with("GET /download;")), "{stacks:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_nothing_else_to_do_at_least_95_of_100_samples_are_the_requests() {
    let _one = exclusively().await;
    let client = Client::of(serve(app()).await).bearer("t");
    client.get("/orders/1?profile=flamegraph&hz=250").await;
    let list: serde_json::Value =
        serde_json::from_str(&client.get("/perf/profiles.json").await.text()).expect("JSON");
    let about = &list["profiles"][0];
    let (own, all) = (about["samples"].as_u64(), about["process_samples"].as_u64());
    let (own, all) = (own.expect("a count"), all.expect("a count"));
    println!("{own} of {all}");
    assert!(own > 50 && own * 100 >= all * 95, "{own} of {all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_only_waits_says_that_it_has_no_samples_and_what_to_do() {
    let _one = exclusively().await;
    let client = Client::of(serve(app()).await).bearer("t");
    for format in ["collapsed", "top", "flamegraph"] {
        let text = client.get(&format!("/waiting?profile={format}")).await.text();
        assert!(text.contains("0 samples at 99 Hz"), "{text}");
        assert!(text.contains("repeat it: add &"), "{text}");
    }
}
