//! A panic counts once, whoever catches it.

use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream;
use http::StatusCode;
use http_body_util::BodyExt;
use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::server::{Server, VERSIONS, ended};

async fn panics() -> &'static str {
    tokio::task::yield_now().await;
    panic!("on purpose")
}

fn body_that_panics() -> Body {
    let mut parts = 0;
    Body::from_stream(stream::poll_fn(move |_| {
        parts += 1;
        assert!(parts < 3, "on purpose");
        std::task::Poll::Ready(Some(Ok::<_, io::Error>(Bytes::from("part"))))
    }))
}

fn app() -> Router {
    Router::new().route("/panics", get(panics)).route("/body", get(|| async { body_that_panics() }))
}

#[tokio::test]
async fn caught_by_the_server() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let server = Server::start(app().layer(PerfLayer::new(&recorder))).await;
        assert!(server.client(version).get("/panics").await.is_err());
        assert_eq!(ended(&recorder, 1).await, [(Outcome::Panic, 1)], "{version:?}");
    }
}

#[tokio::test]
async fn caught_by_a_layer_outside() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let app = app().layer(PerfLayer::new(&recorder)).layer(CatchPanicLayer::new());
        let server = Server::start(app).await;
        let response = server.client(version).get("/panics").await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(ended(&recorder, 1).await, [(Outcome::Panic, 1)], "{version:?}");
    }
}

#[tokio::test]
async fn caught_by_a_layer_inside_it_is_an_answer_like_any_other() {
    let recorder = Recorder::builder().build();
    let app = app().layer(CatchPanicLayer::new()).layer(PerfLayer::new(&recorder));
    let server = Server::start(app).await;
    server.client(VERSIONS[0]).get("/panics").await.expect("an answer");
    assert_eq!(ended(&recorder, 1).await, [(Outcome::ServerError, 1)]);
}

#[tokio::test]
async fn in_the_body() {
    for version in VERSIONS {
        let recorder = Recorder::builder().build();
        let server = Server::start(app().layer(PerfLayer::new(&recorder))).await;
        if let Ok(response) = server.client(version).get("/body").await {
            assert!(response.into_body().collect().await.is_err());
        }
        assert_eq!(ended(&recorder, 1).await, [(Outcome::Panic, 1)], "{version:?}");
    }
}
