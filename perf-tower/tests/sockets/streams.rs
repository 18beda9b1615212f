//! Answers without an end of their own are counted apart.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::get;
use futures_util::{StreamExt, stream};
use http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use http::{HeaderName, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use crate::server::{Server, VERSIONS, ended, in_flight};

async fn events() -> ([(HeaderName, &'static str); 1], Body) {
    let events = stream::repeat(()).then(|()| async {
        sleep(Duration::from_millis(1)).await;
        Ok::<_, Infallible>(Bytes::from_static(b"data: tick\n\n"))
    });
    ([(CONTENT_TYPE, "Text/Event-Stream; charset=utf-8")], Body::from_stream(events))
}

type Switch = (StatusCode, [(HeaderName, &'static str); 2]);

/// Sends back what comes, in a protocol of its own.
async fn echo(mut request: Request) -> Switch {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut socket = TokioIo::new(upgraded.await.expect("upgraded"));
        let mut word = [0; 5];
        socket.read_exact(&mut word).await.expect("a word");
        socket.write_all(&word).await.expect("written");
    });
    (StatusCode::SWITCHING_PROTOCOLS, [(CONNECTION, "upgrade"), (UPGRADE, "echo")])
}

fn app(recorder: &Recorder) -> Router {
    Router::new()
        .route("/events", get(events))
        .route("/echo", get(echo))
        .layer(PerfLayer::new(recorder))
}

#[tokio::test]
async fn server_sent_events_are_open_until_their_reader_goes_and_spoil_no_percentile() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let server = Server::start(app(&recorder)).await;
        let mut response = server.client(version).get("/events").await.expect("a head");
        for _ in 0..10 {
            response.frame().await.expect("an event").expect("no error");
        }
        assert_eq!(in_flight(&recorder.snapshot()), 1);
        drop(response);
        assert_eq!(ended(&recorder, 1).await, [(Outcome::CancelledInBody, 1)], "{version:?}");
        let route = &recorder.snapshot().routes[0];
        assert_eq!((route.head.count, route.total.count, route.streams.count), (1, 0, 1));
        assert!(route.streams.max >= Duration::from_millis(9), "{:?}", route.streams);
    }
}

#[tokio::test]
async fn an_upgraded_connection_is_a_stream_that_closes_with_its_head() {
    let recorder = Recorder::builder().build();
    let server = Server::start(app(&recorder)).await;
    let head =
        "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    let mut socket = server.raw(head).await;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.expect("a head"));
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    assert_eq!(ended(&recorder, 1).await, [(Outcome::Ok, 1)], "the socket is still open");
    let route = &recorder.snapshot().routes[0];
    assert_eq!((route.total.count, route.streams.count), (0, 1));
    assert_eq!(route.statuses.get(&101), Some(&1));
    socket.write_all(b"hello").await.expect("written");
    let mut word = [0; 5];
    socket.read_exact(&mut word).await.expect("the same word");
    assert_eq!(&word, b"hello");
}
