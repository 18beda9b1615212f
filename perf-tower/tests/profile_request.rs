//! The profile of one request holds that request's work and nobody else's; with a real server and
//! real sockets.

mod profile_support;

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
use profile_support::{Client, burn, exclusively, serve};

#[inline(never)]
fn own_work(millis: u64) -> u64 {
    burn(Duration::from_millis(millis))
}

#[inline(never)]
fn decoy_work() -> u64 {
    burn(Duration::from_millis(20))
}

async fn orders() -> String {
    own_work(400).to_string()
}

/// Moves between workers: each await gives the task back to the queue, behind the decoys.
async fn moving() -> String {
    let mut workers = std::collections::HashSet::new();
    for _ in 0..40 {
        own_work(10);
        workers.insert(std::thread::current().id());
        tokio::task::yield_now().await;
    }
    workers.len().to_string()
}

fn app() -> (Router, Profiler) {
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let app = Router::new()
        .route("/orders", get(orders))
        .route("/moving", get(moving))
        .layer(ProfileLayer::new(&profiler))
        .nest_service("/perf", ProfileService::new(&profiler));
    (app, profiler)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn first_look() {
    let _one = exclusively().await;
    let (app, _) = app();
    let client = Client::of(serve(app).await).bearer("t");
    let answer = client.get("/orders?profile=collapsed&hz=250").await;
    println!("{}", answer.text());
    let answer = client.get("/orders?profile=top&hz=250").await;
    println!("{}", answer.text());
    assert_eq!(answer.status, StatusCode::OK);
    let answer = client.get("/perf/profile?seconds=0.5&format=collapsed").await;
    println!("{}", answer.text());
    let _ = decoy_work;
}
