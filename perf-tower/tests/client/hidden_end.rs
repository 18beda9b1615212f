//! A body that does not say when it is at its end, which hyper's always does: the promise in the
//! head, the status and the trailers say it.

use std::convert::Infallible;
use std::future::ready;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use perf_tower::PerfClientLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::server::{calls_of, counts};

/// Asks for an answer of two parts of three bytes and trailers, and reads `frames` frames of it.
async fn ask(status: u16, length: Option<u64>, frames: usize) -> [u64; 4] {
    let service = service_fn(|_: Request<()>| {
        let parts = [Frame::data(Bytes::from("one")), Frame::data(Bytes::from("two"))];
        let frames = parts.into_iter().chain([Frame::trailers(HeaderMap::new())]);
        let mut response = Response::builder().status(status);
        if let Some(length) = length {
            response = response.header("content-length", length);
        }
        ready(response.body(StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)))))
    });
    let calls = calls_of(async {
        let client = PerfClientLayer::new().layer(service);
        let response = client.oneshot(Request::new(())).await.expect("an answer");
        let mut body = response.into_body();
        for _ in 0..frames {
            let Ok(_) = body.frame().await.expect("a frame");
        }
    });
    counts(&calls.await)
}

#[tokio::test]
async fn the_last_promised_byte_the_trailers_or_the_status_end_a_body() {
    for (status, length, frames, expected) in [
        (200, Some(6), 1, [1, 0, 1, 0]),
        (200, Some(6), 2, [1, 0, 0, 0]),
        (200, Some(9), 2, [1, 0, 1, 0]),
        (200, Some(9), 3, [1, 1, 0, 0]),
        (200, None, 2, [1, 0, 1, 0]),
        (200, None, 3, [1, 0, 0, 0]),
        (204, None, 0, [1, 0, 0, 0]),
    ] {
        let counts = ask(status, length, frames).await;
        assert_eq!(counts, expected, "{status}, {length:?} bytes, {frames} frames");
    }
}
