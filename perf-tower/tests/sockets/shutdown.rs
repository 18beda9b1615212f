//! A server that stops while requests run leaves every gauge at zero.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http_body_util::BodyExt;
use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::server::{Server, VERSIONS, ended, in_flight, until};

fn app(recorder: &Recorder, go: &Arc<Notify>) -> Router {
    let go = Arc::clone(go);
    let waits = move || async move {
        go.notified().await;
        "done"
    };
    Router::new().route("/waits", get(waits)).layer(PerfLayer::new(recorder))
}

#[tokio::test]
async fn a_graceful_one_lets_them_end() {
    for version in VERSIONS {
        let (recorder, go) = (Recorder::builder().build(), Arc::new(Notify::new()));
        let server = Server::start(app(&recorder, &go)).await;
        let client = server.client(version);
        let call = tokio::spawn(async move {
            let body = client.get("/waits").await.expect("an answer").into_body();
            body.collect().await.expect("a whole body").to_bytes()
        });
        until(&recorder, |snapshot| in_flight(snapshot) == 1).await;
        let stopping = tokio::spawn(server.stop());
        tokio::task::yield_now().await;
        go.notify_one();
        assert_eq!(call.await.expect("no panic"), "done");
        stopping.await.expect("no panic");
        assert_eq!(ended(&recorder, 1).await, [(Outcome::Ok, 1)], "{version:?}");
    }
}

#[tokio::test]
async fn one_that_drops_everything_cancels_them() {
    for version in VERSIONS {
        let (recorder, go) = (Recorder::builder().build(), Arc::new(Notify::new()));
        let app = app(&recorder, &go);
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let server = runtime.spawn(Server::start(app)).await.expect("no panic");
        let client = server.client(version);
        let calls: Vec<_> = (0..5)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.get("/waits").await })
            })
            .collect();
        until(&recorder, |snapshot| in_flight(snapshot) == 5).await;
        runtime.shutdown_background();
        for call in calls {
            assert!(call.await.expect("no panic").is_err());
        }
        assert_eq!(ended(&recorder, 5).await, [(Outcome::CancelledBeforeHead, 5)], "{version:?}");
    }
}
