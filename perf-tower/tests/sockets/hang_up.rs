//! A client that goes half-way leaves every gauge at zero.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http_body_util::BodyExt;
use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;
use tower_http::timeout::TimeoutLayer;

use crate::server::{Server, VERSIONS, ended, in_flight, until};

const LARGE: usize = 16 << 20;

fn app(recorder: &Recorder) -> Router {
    Router::new()
        .route("/slow", get(std::future::pending::<()>))
        .route("/endless", get(|| async { Body::from_stream(endless()) }))
        .route("/large", get(|| async { Body::from_stream(large()) }))
        .layer(PerfLayer::new(recorder))
}

fn endless() -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    stream::repeat(()).then(|()| async {
        sleep(Duration::from_millis(1)).await;
        Ok(Bytes::from_static(b"more\n"))
    })
}

fn large() -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    let part = Bytes::from(vec![0; 64 << 10]);
    stream::iter(0..LARGE >> 16).map(move |_| Ok(part.clone()))
}

#[tokio::test]
async fn before_the_head() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let server = Server::start(app(&recorder)).await;
        let client = server.client(version);
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.get("/slow").await })
            })
            .collect();
        until(&recorder, |snapshot| in_flight(snapshot) == 20).await;
        calls.iter().for_each(tokio::task::JoinHandle::abort);
        join_all(calls).await;
        drop(client);
        assert_eq!(ended(&recorder, 20).await, [(Outcome::CancelledBeforeHead, 20)], "{version:?}");
    }
}

#[tokio::test]
async fn in_the_body() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let server = Server::start(app(&recorder)).await;
        let mut response = server.client(version).get("/endless").await.expect("a head");
        response.frame().await.expect("a part").expect("no error");
        assert_eq!(in_flight(&recorder.snapshot()), 1);
        drop(response);
        assert_eq!(ended(&recorder, 1).await, [(Outcome::CancelledInBody, 1)], "{version:?}");
    }
}

#[tokio::test]
async fn a_slow_reader_keeps_its_request_open_to_the_last_byte() {
    let recorder = Recorder::builder().build();
    let server = Server::start(app(&recorder)).await;
    let head = "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut socket = server.raw(head).await;
    until(&recorder, |snapshot| in_flight(snapshot) == 1).await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!(in_flight(&recorder.snapshot()), 1, "the buffers of the system are full");
    let mut read = Vec::new();
    socket.read_to_end(&mut read).await.expect("the whole body");
    assert_eq!(ended(&recorder, 1).await, [(Outcome::Ok, 1)]);
    let route = &recorder.snapshot().routes[0];
    assert!(route.total.max >= Duration::from_millis(45), "{:?}", route.total);
    assert!(route.head.max < route.total.max, "the head was there at once");
    assert_eq!(route.response_body.count, 1);
    let bytes = route.response_body.total_bytes;
    assert!(bytes.abs_diff(LARGE as u64) <= LARGE as u64 / 50, "{bytes}");
    assert!(
        route.split.rest >= Duration::from_millis(30),
        "waiting for the reader: {:?}",
        route.split
    );
}

#[tokio::test]
async fn a_timeout_outside_cancels_and_one_inside_answers() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let timeout =
            TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(20));
        let slow = || Router::new().route("/slow", get(std::future::pending::<()>));
        let server = Server::start(slow().layer(PerfLayer::new(&recorder)).layer(timeout)).await;
        let response = server.client(version).get("/slow").await.expect("an answer");
        assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(ended(&recorder, 1).await, [(Outcome::CancelledBeforeHead, 1)], "{version:?}");

        let recorder = Recorder::builder().build();
        let server = Server::start(slow().layer(timeout).layer(PerfLayer::new(&recorder))).await;
        server.client(version).get("/slow").await.expect("an answer");
        assert_eq!(ended(&recorder, 1).await, [(Outcome::ServerError, 1)], "{version:?}");
    }
}
