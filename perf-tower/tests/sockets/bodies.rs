//! What ends a request is the end of its body as the server sees it.

use std::convert::Infallible;
use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use http::header::CONTENT_LENGTH;
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tokio::io::AsyncReadExt;

use crate::server::{Server, VERSIONS, ended};

const PARTS: usize = 50;

fn parts() -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(0..PARTS).map(|_| Ok(Bytes::from_static(b"twenty bytes of text")))
}

fn broken() -> Body {
    let parts = [Ok(Bytes::from("one")), Err(io::Error::other("gone"))];
    Body::from_stream(stream::iter(parts))
}

fn app(recorder: &Recorder) -> Router {
    Router::new()
        .route("/known", get(|| async { "a text" }))
        .route("/unknown", get(|| async { Body::from_stream(parts()) }))
        .route(
            "/promised",
            get(|| async { ([(CONTENT_LENGTH, "1000")], Body::from_stream(parts())) }),
        )
        .route("/nothing", get(|| async { StatusCode::NO_CONTENT }))
        .route("/same", get(|| async { StatusCode::NOT_MODIFIED }))
        .route("/broken", get(|| async { broken() }))
        .layer(PerfLayer::new(recorder))
}

#[tokio::test]
async fn whole_bodies_and_none_are_ok_and_as_long_as_they_are() {
    for version in VERSIONS {
        for (method, path, length) in [
            (Method::GET, "/known", 6),
            (Method::GET, "/unknown", 1000),
            (Method::GET, "/promised", 1000),
            (Method::GET, "/nothing", 0),
            (Method::GET, "/same", 0),
            (Method::HEAD, "/known", 0),
            (Method::HEAD, "/unknown", 0),
            (Method::HEAD, "/promised", 0),
        ] {
            let recorder = Recorder::builder().build();
            let server = Server::start(app(&recorder)).await;
            let response = server.client(version).send(method.clone(), path).await;
            let response = response.expect("an answer");
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.expect("whole").to_bytes();
            assert_eq!(body.len(), length, "{version:?} {method} {path}");
            let outcomes = ended(&recorder, 1).await;
            assert_eq!(outcomes, [(Outcome::Ok, 1)], "{version:?} {method} {path}");
            let route = &recorder.snapshot().routes[0];
            assert_eq!(route.statuses.get(&status), Some(&1));
            let sizes = &route.response_body;
            assert_eq!(sizes.count, u64::from(length > 0), "{version:?} {method} {path}");
            // A histogram knows its values by their bucket.
            let error = sizes.total_bytes.abs_diff(length as u64);
            assert!(error <= length as u64 / 50, "{version:?} {method} {path}: {sizes:?}");
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_inner_error() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let server = Server::start(app(&recorder)).await;
        if let Ok(response) = server.client(version).get("/broken").await {
            assert!(response.into_body().collect().await.is_err());
        }
        assert_eq!(ended(&recorder, 1).await, [(Outcome::InnerError, 1)], "{version:?}");
    }
}

#[tokio::test]
async fn a_length_that_no_body_has_is_a_claim_and_does_not_spoil_the_sums() {
    let recorder = Recorder::builder().build();
    let server = Server::start(app(&recorder)).await;
    for length in ["1000", "18446744073709551000", "9223372036854775808"] {
        let head = format!("GET /known HTTP/1.1\r\nhost: here\r\ncontent-length: {length}\r\n\r\n");
        let mut socket = server.raw(&head).await;
        let mut answer = [0; 15];
        socket.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
    }
    ended(&recorder, 3).await;
    let sizes = recorder.snapshot().routes[0].request_body;
    assert_eq!((sizes.count, sizes.total_bytes), (1, 1000));
    server.stop().await;
}
