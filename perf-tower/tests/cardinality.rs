//! Whatever a client makes up, there is one series for it, and memory stays as it was (guarantee
//! G5). `PERF_SOAK` makes it a million requests.

use std::fs;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, Request, StatusCode};
use perf_core::Recorder;
use perf_tower::PerfLayer;
use tower::{Layer, ServiceExt};

const MOST_GROWTH_BYTES: u64 = 32 << 20;

fn resident_bytes() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").expect("a Linux system");
    let pages: u64 = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("pages");
    pages * 4096
}

fn made_up(n: u64) -> Request<Body> {
    let request = Request::builder()
        .header("host", format!("host{n}.example"))
        .header("traceparent", format!("00-{n:032x}-{n:016x}-01"))
        .header("content-length", n);
    let request = match n % 4 {
        0 => request.method(&*format!("BREW{n}")).uri(format!("/path/{n}")),
        1 => request.uri(format!("/path/{n}?query={n}")),
        2 => request.uri(format!("http://host{n}.example/known/{n}")),
        _ => request
            .method(Method::POST)
            .uri(format!("/a{n}.Service/Method{n}"))
            .header("content-type", "application/grpc"),
    };
    request.body(Body::empty()).expect("valid")
}

#[tokio::test]
async fn a_million_paths_methods_and_hosts_are_one_series_and_no_memory() {
    let requests = if std::env::var_os("PERF_SOAK").is_some() { 1_000_000 } else { 200_000 };
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let app = Router::new()
        .route("/known", get(|| async {}))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(layer.clone());
    let app = layer.layer(app);
    let mut before = 0;
    for n in 0..requests {
        if n == 10_000 {
            before = resident_bytes();
        }
        let Ok(response) = app.clone().oneshot(made_up(n)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < MOST_GROWTH_BYTES, "{grown} bytes for {requests} requests");
    let snapshot = recorder.snapshot();
    let routes: Vec<_> =
        snapshot.routes.iter().map(|route| (&*route.route, route.requests)).collect();
    assert_eq!(routes, [("_OTHER _unmatched", requests)]);
    assert_eq!(snapshot.dropped.routes, 0);
}

/// As an application can that gives paths instead of templates.
#[tokio::test]
async fn names_of_routes_without_end_fall_into_one_series_at_the_bound() {
    let recorder = Recorder::builder().routes(100).build();
    let layer = PerfLayer::new(&recorder).route_by(|request| Some(request.uri.path().to_owned()));
    let app = layer.layer(Router::new().fallback(|| async {}));
    for n in 0..10_000 {
        let request = Request::get(format!("/path/{n}")).body(Body::empty()).expect("valid");
        let Ok(_) = app.clone().oneshot(request).await;
    }
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.routes.len(), 101);
    assert_eq!(snapshot.dropped.routes, 9_900);
    assert_eq!(snapshot.routes.iter().map(|route| route.requests).sum::<u64>(), 10_000);
    let other = snapshot.routes.iter().find(|route| route.route == "_other").expect("full");
    assert_eq!(other.requests, 9_900);
}
