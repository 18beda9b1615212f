//! Where the time of a request went.
//!
//! These sleep and burn real time: what is measured is the clock of the layer itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Request;
use http_body_util::BodyExt;
use perf_core::{CallSite, Fingerprint, QueryEvent, Recorder, Split};
use perf_tower::PerfLayer;
use tokio::sync::Notify;
use tokio::time::sleep;
use tower::ServiceExt;

const LONG: Duration = Duration::from_millis(20);
/// What a busy machine may add to a part that should be short.
const SHORT: Duration = Duration::from_millis(10);

fn burn() {
    let started = Instant::now();
    while started.elapsed() < LONG {
        std::hint::spin_loop();
    }
}

async fn query() {
    sleep(LONG).await;
    QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), LONG).record();
}

fn app(recorder: &Recorder) -> Router {
    let body = || async {
        Body::from_stream(stream::iter(0..2).then(|part| async move {
            match part {
                0 => burn(),
                _ => query().await,
            }
            Ok::<_, std::convert::Infallible>(Bytes::from_static(b"part"))
        }))
    };
    Router::new()
        .route("/sleeps", get(|| sleep(LONG)))
        .route("/burns", get(|| async { burn() }))
        .route("/asks", get(query))
        .route("/body", get(body))
        .layer(PerfLayer::new(recorder))
}

/// Sends requests until one was not disturbed: a busy machine may take the thread away at any time.
async fn undisturbed(path: &str, is_expected: impl Fn(&Split) -> bool) {
    let mut seen = Vec::new();
    for _ in 0..30 {
        let recorder = Recorder::builder().build();
        let request = Request::get(path).body(Body::empty()).expect("valid");
        let Ok(response) = app(&recorder).oneshot(request).await;
        response.into_body().collect().await.expect("a whole body");
        let route = &recorder.snapshot().routes[0];
        let kept = &recorder.kept_of(&route.id)[0];
        assert_eq!(kept.split.whole(), kept.elapsed, "the parts are the whole");
        assert_eq!(kept.split, route.split);
        if is_expected(&kept.split) {
            return;
        }
        seen.push(kept.split);
    }
    panic!("{path}: {seen:?}");
}

#[tokio::test]
async fn of_one_that_sleeps_it_is_the_rest() {
    undisturbed("/sleeps", |split| {
        split.rest >= LONG && split.cpu < SHORT && split.database.is_zero()
    })
    .await;
}

#[tokio::test]
async fn of_one_that_computes_it_is_its_own() {
    undisturbed("/burns", |split| {
        split.cpu >= LONG && split.rest < SHORT && split.scheduler < SHORT
    })
    .await;
}

#[tokio::test]
async fn of_one_that_waits_for_a_statement_it_is_the_databases() {
    undisturbed("/asks", |split| {
        split.database >= LONG - SHORT && split.cpu < SHORT && split.rest < SHORT
    })
    .await;
}

#[tokio::test]
async fn the_body_counts_like_the_handler() {
    undisturbed("/body", |split| {
        split.cpu >= LONG && split.database >= LONG - SHORT && split.rest < SHORT
    })
    .await;
}

#[tokio::test]
async fn a_task_that_was_woken_and_had_to_wait_lost_its_time_to_the_scheduler() {
    let recorder = Recorder::builder().build();
    let go = Arc::new(Notify::new());
    let waits = {
        let go = Arc::clone(&go);
        move || async move { go.notified().await }
    };
    let app = Router::new().route("/waits", get(waits)).layer(PerfLayer::new(&recorder));
    let request = Request::get("/waits").body(Body::empty()).expect("valid");
    let call = tokio::spawn(app.oneshot(request));
    tokio::task::yield_now().await;
    go.notify_one();
    // Keeps the only thread of this runtime from the handler.
    burn();
    call.await.expect("no panic").expect("infallible");
    let split = recorder.snapshot().routes[0].split;
    assert!(split.scheduler >= LONG && split.scheduler > split.whole() / 2, "{split:?}");
}
