//! Requests are counted by template; what no template matched is one series.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::{Method, Request};
use http_body_util::BodyExt;
use perf_core::{CallSite, Fingerprint, QueryEvent, Recorder};
use perf_tower::PerfLayer;
use tower::ServiceExt;

async fn send(app: &Router, method: Method, path: &str) {
    let request = Request::builder().method(method).uri(path).body(Body::empty());
    let response = app.clone().oneshot(request.expect("valid")).await.expect("infallible");
    response.into_body().collect().await.expect("a whole body");
}

fn routes(recorder: &Recorder) -> Vec<(String, u64)> {
    let routes = recorder.snapshot().routes;
    let mut routes: Vec<_> =
        routes.into_iter().map(|route| (route.route, route.requests)).collect();
    routes.sort();
    routes
}

#[tokio::test]
async fn nested_routers_give_the_whole_template() {
    let recorder = Recorder::builder().build();
    let orders = Router::new().route("/{id}", get(|| async { "order" }).delete(|| async {}));
    let app = Router::new().nest("/orders", orders).layer(PerfLayer::new(&recorder));
    send(&app, Method::GET, "/orders/1").await;
    send(&app, Method::GET, "/orders/2").await;
    send(&app, Method::DELETE, "/orders/2").await;
    let expected = [("DELETE /orders/{id}".to_owned(), 1), ("GET /orders/{id}".to_owned(), 2)];
    assert_eq!(routes(&recorder), expected);
}

#[tokio::test]
async fn a_hundred_thousand_unknown_paths_and_made_up_methods_are_one_series() {
    let recorder = Recorder::builder().build();
    let app = Router::new()
        .route("/known", post(|| async {}))
        .fallback(|| async { http::StatusCode::NOT_FOUND })
        .layer(PerfLayer::new(&recorder));
    for n in 0..100_000 {
        send(&app, Method::GET, &format!("/unknown/{n}")).await;
    }
    let made_up = Method::from_bytes(b"BREW").expect("a valid token");
    send(&app, made_up, "/coffee").await;
    assert_eq!(routes(&recorder), [("_OTHER _unmatched".to_owned(), 100_001)]);
}

#[tokio::test]
async fn work_of_a_handler_and_of_its_body_belongs_to_the_request() {
    fn query() {
        let duration = std::time::Duration::from_millis(1);
        QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), duration).record();
    }
    let streamed = || async {
        query();
        Body::from_stream(futures_util::stream::iter(0..5).map(|_| {
            query();
            Ok::<_, std::io::Error>("part")
        }))
    };
    use futures_util::StreamExt;
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/stream", get(streamed)).layer(PerfLayer::new(&recorder));
    send(&app, Method::GET, "/stream").await;
    let snapshot = recorder.snapshot();
    let queries: u64 = snapshot.queries.iter().map(|query| query.duration.count).sum();
    assert_eq!((queries, snapshot.dropped.late_events), (6, 0));
    assert_eq!(snapshot.findings[0].subject, "GET /stream", "five of them repeat");
}

#[tokio::test]
async fn what_a_cancelled_handler_reports_on_its_way_out_belongs_to_its_request() {
    struct ReportsOnDrop;
    impl Drop for ReportsOnDrop {
        fn drop(&mut self) {
            let duration = std::time::Duration::from_millis(1);
            QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), duration)
                .record();
        }
    }
    let never = || async {
        let _reports = ReportsOnDrop;
        std::future::pending::<()>().await;
    };
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/never", get(never)).layer(PerfLayer::new(&recorder));
    let call = send(&app, Method::GET, "/never");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(5), call).await.is_err());
    assert_eq!(recorder.snapshot().queries.len(), 1);
}
