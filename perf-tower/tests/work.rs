//! What is done for a request belongs to its scope, also on the way out and after the end.

use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use perf_core::{CallSite, Fingerprint, QueryEvent, Recorder};
use perf_tower::PerfLayer;
use tower::{Layer, ServiceExt, service_fn};

fn query() {
    let duration = Duration::from_millis(1);
    QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), duration).record();
}

struct ReportsOnDrop;

impl Drop for ReportsOnDrop {
    fn drop(&mut self) {
        query();
    }
}

async fn send(app: &Router, path: &str) {
    let request = Request::get(path).body(Body::empty());
    let response = app.clone().oneshot(request.expect("valid")).await.expect("infallible");
    response.into_body().collect().await.expect("a whole body");
}

/// Statements in the recorder's series, and those of them that came after the end of a scope.
fn queries(recorder: &Recorder) -> (u64, u64) {
    let snapshot = recorder.snapshot();
    let counts = snapshot.queries.iter().map(|query| query.duration.count);
    (counts.sum(), snapshot.dropped.late_events)
}

#[tokio::test]
async fn work_of_a_handler_and_of_its_body_belongs_to_the_request() {
    let streamed = || async {
        query();
        Body::from_stream(stream::iter(0..5).map(|_| {
            query();
            Ok::<_, io::Error>("part")
        }))
    };
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/stream", get(streamed)).layer(PerfLayer::new(&recorder));
    send(&app, "/stream").await;
    assert_eq!(queries(&recorder), (6, 0));
    assert_eq!(recorder.snapshot().findings[0].subject, "GET /stream", "five of them repeat");
}

#[tokio::test]
async fn what_a_cancelled_handler_reports_on_its_way_out_belongs_to_its_request() {
    let never = || async {
        let _reports = ReportsOnDrop;
        std::future::pending::<()>().await;
    };
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/never", get(never)).layer(PerfLayer::new(&recorder));
    let call = send(&app, "/never");
    assert!(tokio::time::timeout(Duration::from_millis(5), call).await.is_err());
    assert_eq!(queries(&recorder), (1, 0));
}

#[tokio::test]
async fn what_a_body_does_after_the_end_of_its_request_is_late_work_of_the_same_recorder() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    for method in [Method::HEAD, Method::GET] {
        let service = service_fn(|_: Request<()>| {
            let reports = ReportsOnDrop;
            let parts = stream::iter(["part"]).map(move |part| {
                let _until_dropped = &reports;
                Ok::<_, io::Error>(Bytes::from(part))
            });
            ready(Ok::<_, Infallible>(Response::new(Body::from_stream(parts))))
        });
        let mut request = Request::new(());
        *request.method_mut() = method;
        let Ok(response) = layer.layer(service).oneshot(request).await;
        _ = response.into_body().collect().await;
    }
    assert_eq!(queries(&recorder), (2, 2));
}

#[tokio::test]
async fn what_a_finished_future_reports_when_it_is_dropped_belongs_to_its_request() {
    let recorder = Recorder::builder().build();
    let service = service_fn(|_: Request<()>| {
        let reports = ReportsOnDrop;
        std::future::poll_fn(move |_| {
            let _until_dropped = &reports;
            std::task::Poll::Ready(Ok::<_, Infallible>(Response::new(Body::empty())))
        })
    });
    let Ok(response) = PerfLayer::new(&recorder).layer(service).oneshot(Request::new(())).await;
    drop(response);
    assert_eq!(queries(&recorder), (1, 0));
}
