//! Every request to another service is recorded exactly once, with how it ended; over real sockets.

use std::net::SocketAddr;

use crate::server::{calls_of, client, counts, http_client, request, serve};
use http::Method;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use perf_tower::PerfClientLayer;
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt};

const OK: [u64; 4] = [1, 0, 0, 0];
const ERROR: [u64; 4] = [1, 1, 0, 0];
const CANCELLED: [u64; 4] = [1, 0, 1, 0];

/// Asks and reads at most `frames` frames of the answer.
async fn ask(address: SocketAddr, method: Method, path: &str, frames: usize) -> [u64; 4] {
    let calls = calls_of(async {
        let mut request = request(address, path);
        *request.method_mut() = method;
        let response = client().oneshot(request).await.expect("an answer");
        let mut body = response.into_body();
        for _ in 0..frames {
            match body.frame().await {
                Some(Ok(_)) => {}
                _ => break,
            }
        }
    });
    counts(&calls.await)
}

#[tokio::test]
async fn an_answer_read_to_its_end_counts_by_its_status() {
    let (address, _) = serve().await;
    for (path, expected) in [
        ("/price/7", OK),
        ("/chunked", OK),
        ("/empty", OK),
        ("/no-such-thing", ERROR),
        ("/broken", ERROR),
        ("/short", ERROR),
    ] {
        assert_eq!(ask(address, Method::GET, path, usize::MAX).await, expected, "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_its_head_needs_no_reader() {
    let (address, _) = serve().await;
    assert_eq!(ask(address, Method::GET, "/empty", 0).await, OK);
    assert_eq!(ask(address, Method::HEAD, "/price/7", 0).await, OK);
    assert_eq!(ask(address, Method::HEAD, "/chunked", 0).await, OK);
}

#[tokio::test]
async fn an_answer_dropped_after_its_last_promised_byte_is_complete() {
    let (address, _) = serve().await;
    assert_eq!(ask(address, Method::GET, "/price/7", 1).await, OK);
}

#[tokio::test]
async fn an_answer_dropped_before_its_end_is_cancelled_unless_it_tells_of_a_failure() {
    let (address, _) = serve().await;
    assert_eq!(ask(address, Method::GET, "/price/7", 0).await, CANCELLED);
    assert_eq!(ask(address, Method::GET, "/endless", 1).await, CANCELLED);
    assert_eq!(ask(address, Method::GET, "/broken", 0).await, ERROR);
}

#[tokio::test]
async fn a_call_given_up_before_the_head_is_cancelled() {
    let (address, asked) = serve().await;
    let calls = calls_of(async {
        tokio::select! {
            _ = client().oneshot(request(address, "/never")) => panic!("no answer comes"),
            () = asked.notified() => {}
        }
    });
    assert_eq!(counts(&calls.await), CANCELLED);
}

#[tokio::test]
async fn a_refused_connection_is_an_error_that_passes_unchanged() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let calls = calls_of(async {
        let error = client().oneshot(request(address, "/")).await.expect_err("nobody listens");
        assert!(error.is_connect());
    });
    assert_eq!(counts(&calls.await), ERROR);
}

#[tokio::test]
async fn the_rules_are_the_same_over_http_2() {
    let (address, _) = serve().await;
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    for (path, frames, expected) in [
        ("/price/7", usize::MAX, OK),
        ("/price/7", 1, OK),
        ("/chunked", usize::MAX, OK),
        ("/endless", 1, CANCELLED),
        ("/no-such-thing", 0, ERROR),
    ] {
        let mut client = PerfClientLayer::new().layer(http.clone());
        let calls = calls_of(async {
            let response = client.call(request(address, path)).await.expect("an answer");
            let mut body = response.into_body();
            for _ in 0..frames {
                if body.frame().await.is_none() {
                    break;
                }
            }
        });
        assert_eq!(counts(&calls.await), expected, "{path}, {frames} frames");
    }
}

#[tokio::test]
async fn a_body_read_or_dropped_by_another_task_belongs_to_the_scope_that_asked() {
    let (address, _) = serve().await;
    for (path, expected) in [("/chunked", OK), ("/endless", CANCELLED)] {
        let mut client = PerfClientLayer::new().layer(http_client());
        let calls = calls_of(async {
            let call = client.call(request(address, path));
            let read = tokio::spawn(async move {
                let mut body = call.await.expect("an answer").into_body();
                match path {
                    "/chunked" => _ = body.collect().await.expect("read"),
                    _ => _ = body.frame().await.expect("a part").expect("read"),
                }
            });
            read.await.expect("no panic");
        });
        assert_eq!(counts(&calls.await), expected, "{path}");
    }
}
