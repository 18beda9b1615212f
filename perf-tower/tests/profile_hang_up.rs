//! A profile ends when its client leaves, and the next one can start.

mod profile_support;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
use profile_support::{Client, exclusively, serve};
use tokio::io::AsyncReadExt;
use tokio::time::{sleep, timeout};

fn profiler() -> Profiler {
    Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO)
}

async fn client(profiler: &Profiler) -> Client {
    let endless = || async {
        Body::from_stream(stream::repeat(()).then(|()| async {
            sleep(Duration::from_millis(1)).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"more\n"))
        }))
    };
    let app = Router::new()
        .route("/slow", get(std::future::pending::<()>))
        .route("/endless", get(endless))
        .route("/panics", get(|| async { panic!("on purpose") as () }))
        .layer(ProfileLayer::new(profiler))
        .nest_service("/perf", ProfileService::new(profiler));
    Client::of(serve(app).await).bearer("t")
}

async fn until(what: &str, reached: impl Fn() -> bool) {
    let reached = async {
        while !reached() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), reached).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clients_that_hang_up_leave_the_slot_free() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await;
    for round in 0..50 {
        let target: &[u8] = match round % 3 {
            0 => b"/perf/profile?seconds=60",
            1 => b"/slow?profile=flamegraph",
            _ => b"/slow?profile=1",
        };
        let socket = client.open("GET", target).await;
        until("it starts", || profiler.status().is_some()).await;
        drop(socket);
        until("the slot is free", || profiler.status().is_none()).await;
    }
    assert!(profiler.all_kept().is_empty());
    let answer = client.get("/perf/profile?seconds=0.2&format=top").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clients_at_once_get_one_profile_and_409_and_leave_the_slot_free() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await;
    let opened = (0..50).map(|_| client.open("GET", b"/perf/profile?seconds=60"));
    let sockets = futures_util::future::join_all(opened).await;
    until("it starts", || profiler.status().is_some()).await;
    drop(sockets);
    until("the slot is free", || profiler.status().is_none()).await;
    let profile = profiler.record(Duration::from_millis(100), 99).await;
    assert!(profile.is_ok(), "{profile:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_given_up_ends_the_profile_and_keeps_it() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await;
    let mut socket = client.open("GET", b"/endless?profile=1").await;
    socket.read_exact(&mut [0; 400]).await.expect("head and some body");
    assert!(profiler.status().is_some());
    drop(socket);
    until("the slot is free", || profiler.status().is_none()).await;
    assert_eq!(profiler.all_kept().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_end_is_profiled_up_to_the_limit() {
    let _one = exclusively().await;
    let profiler = profiler().longest(Duration::from_millis(500));
    let client = client(&profiler).await;
    let answer = client.get("/endless?profile=top").await;
    assert_eq!(answer.status, StatusCode::OK);

    let mut socket = client.open("GET", b"/endless?profile=1").await;
    socket.read_exact(&mut [0; 400]).await.expect("head and some body");
    until("the limit ends it", || profiler.status().is_none()).await;
    socket.read_exact(&mut [0; 400]).await.expect("the body goes on");
    assert_eq!(profiler.all_kept().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_leaves_the_slot_free() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await;
    let mut socket = client.open("GET", b"/panics?profile=1").await;
    drop(socket.read_to_end(&mut Vec::new()).await);
    until("the slot is free", || profiler.status().is_none()).await;
    let profile = profiler.record(Duration::from_millis(100), 99).await;
    assert!(profile.is_ok(), "{profile:?}");
}
