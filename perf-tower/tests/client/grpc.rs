//! A gRPC call ends with its status, wherever that stands; over HTTP/2 as gRPC is.

use std::convert::Infallible;

use crate::server::{calls_of, counts, serve_app};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use perf_tower::PerfClientLayer;
use tower::{Layer, ServiceExt};

fn status(status: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(
        "grpc-status".parse().expect("a name"),
        HeaderValue::from_static(status),
    )])
}

/// A message, then trailers.
fn answer(head: HeaderMap, trailers: Option<HeaderMap>) -> Response {
    let message = Frame::data(Bytes::from_static(b"a message"));
    let frames = [Some(message), trailers.map(Frame::trailers)].into_iter().flatten();
    let frames = stream::iter(frames.map(Ok::<_, Infallible>));
    let mut response = Response::new(Body::new(StreamBody::new(frames)));
    *response.headers_mut() = head;
    response
}

fn only_head(head: HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = head;
    response
}

fn endless() -> Response {
    let message = Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"a message")));
    let messages = stream::iter([message]).chain(stream::pending());
    Response::new(Body::new(StreamBody::new(messages)))
}

#[tokio::test]
async fn a_call_succeeds_with_status_0_alone_and_a_missing_status_is_an_error() {
    let app = Router::new()
        .route("/shop.Stock/Ok", post(|| async { answer(HeaderMap::new(), Some(status("0"))) }))
        .route("/shop.Stock/Missing", post(|| async { answer(HeaderMap::new(), None) }))
        .route(
            "/shop.Stock/NotFound",
            post(|| async { answer(HeaderMap::new(), Some(status("5"))) }),
        )
        .route("/shop.Stock/OkInHead", post(|| async { only_head(status("0")) }))
        .route("/shop.Stock/DeniedInHead", post(|| async { only_head(status("7")) }))
        .route("/shop.Stock/Endless", post(|| async { endless() }));
    let address = serve_app(app).await;
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let client = PerfClientLayer::new().layer(http);

    for (method, frames, expected) in [
        ("Ok", usize::MAX, [1, 0, 0, 0]),
        ("Ok", 2, [1, 0, 0, 0]),
        ("Ok", 1, [1, 0, 1, 0]),
        ("Missing", usize::MAX, [1, 1, 0, 0]),
        ("NotFound", usize::MAX, [1, 1, 0, 0]),
        ("OkInHead", 0, [1, 0, 0, 0]),
        ("DeniedInHead", 0, [1, 1, 0, 0]),
        ("Endless", 1, [1, 0, 1, 0]),
        ("NoSuchMethod", usize::MAX, [1, 1, 0, 0]),
    ] {
        let calls = calls_of(async {
            let request = Request::post(format!("http://{address}/shop.Stock/{method}"))
                .header("content-type", "application/grpc+proto")
                .body(Empty::<Bytes>::new())
                .expect("a request");
            let response = client.clone().oneshot(request).await.expect("an answer");
            let mut body = response.into_body();
            for _ in 0..frames {
                if body.frame().await.is_none() {
                    break;
                }
            }
        });
        let calls = calls.await;
        assert_eq!(counts(&calls), expected, "{method}, {frames} frames");
        assert_eq!(calls[0].target, format!("POST {address} /shop.Stock/{method}"));
    }
}
