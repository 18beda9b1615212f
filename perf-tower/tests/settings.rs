//! What a layer is told to leave out, and how routes are named without a router.

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{any, get};
use http::{Request, Response};
use http_body_util::BodyExt;
use perf_core::{CallSite, Fingerprint, QueryEvent, Recorder};
use perf_tower::{PerfLayer, Route};
use tower::{Layer, ServiceExt, service_fn};

async fn send(app: &Router, path: &str) {
    let request = Request::get(path).body(Body::empty()).expect("valid");
    let Ok(response) = app.clone().oneshot(request).await;
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
async fn a_skipped_template_is_not_recorded_at_all() {
    let recorder = Recorder::builder().build();
    let queries = || async {
        let duration = Duration::from_millis(1);
        QueryEvent::new(Fingerprint::of_static("select 1"), CallSite::here(), duration).record();
    };
    let app = Router::new()
        .route("/healthz", any(queries))
        .route("/assets/{*path}", get(|| async {}))
        .route("/orders/{id}", get(|| async {}))
        .layer(PerfLayer::new(&recorder).skip(["/healthz"]).skip(["/assets/{*path}"]));
    for path in ["/healthz", "/assets/a.css", "/assets/b/c.js", "/orders/1"] {
        send(&app, path).await;
    }
    assert_eq!(routes(&recorder), [("GET /orders/{id}".to_owned(), 1)]);
    assert!(recorder.snapshot().queries.is_empty(), "they went to the global recorder");
}

#[tokio::test]
async fn one_in_so_many_requests_is_recorded_the_first_among_them() {
    let recorder = Recorder::builder().build();
    let app = Router::new()
        .route("/ping", get(|| async {}))
        .route("/pong", get(|| async {}))
        .route("/never", get(|| async {}))
        .route("/orders", get(|| async {}))
        .layer(PerfLayer::new(&recorder).one_in(10, ["/ping", "/pong"]).one_in(0, ["/never"]));
    send(&app, "/ping").await;
    assert_eq!(routes(&recorder), [("GET /ping".to_owned(), 1)]);
    for _ in 0..99 {
        send(&app, "/ping").await;
        send(&app, "/never").await;
        send(&app, "/orders").await;
    }
    assert_eq!(routes(&recorder), [("GET /orders".to_owned(), 99), ("GET /ping".to_owned(), 10)]);
}

#[tokio::test]
async fn a_closure_names_the_routes_of_a_plain_service() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder).route_by(|request| {
        let mut parts = request.uri.path().split('/').skip(1);
        match (parts.next()?, parts.next()) {
            ("orders", Some(_)) => Some("/orders/{id}".to_owned()),
            ("tenants", _) => request.headers.get("tenant").map(|_| "/tenants".to_owned()),
            _ => None,
        }
    });
    let service =
        service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(Body::empty()))));
    let service = layer.layer(service);
    for path in ["/orders/1", "/orders/2", "/tenants", "/elsewhere"] {
        let request = Request::get(path).body(()).expect("valid");
        let Ok(_) = service.clone().oneshot(request).await;
    }
    let mut request = Request::get("/orders/3").body(()).expect("valid");
    request.extensions_mut().insert(Route::new("/by hand"));
    let Ok(_) = service.oneshot(request).await;
    let expected = [
        ("GET /by hand".to_owned(), 1),
        ("GET /orders/{id}".to_owned(), 2),
        ("_OTHER _unmatched".to_owned(), 2),
    ];
    assert_eq!(routes(&recorder), expected);
}

#[tokio::test]
async fn a_closure_that_knows_no_name_leaves_the_template_of_the_router() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder).route_by(|_| None::<&'static str>);
    let app = Router::new().route("/orders/{id}", get(|| async {})).layer(layer);
    send(&app, "/orders/1").await;
    assert_eq!(routes(&recorder), [("GET /orders/{id}".to_owned(), 1)]);
}

/// The `Content-Length` and the `traceparent` of a request are kept with it.
#[tokio::test]
async fn a_request_has_its_size_and_its_trace() {
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/", get(|| async { "hello" })).layer(PerfLayer::new(&recorder));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = Request::get("/")
        .header("content-length", "1000")
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .body(Body::from(vec![0; 1000]));
    let Ok(response) = app.oneshot(request.expect("valid")).await;
    response.into_body().collect().await.expect("a whole body");
    let route = &recorder.snapshot().routes[0];
    assert_eq!((route.request_body.count, route.response_body.count), (1, 1));
    let kept = recorder.kept_of(&route.id);
    assert_eq!(kept[0].trace.map(|trace| trace.to_string()).as_deref(), Some(trace));
    assert_eq!((kept[0].request_bytes, kept[0].response_bytes), (1000, 5));
    assert_eq!(kept[0].status, Some(200));
}

#[tokio::test]
async fn a_length_or_a_trace_that_is_none_is_left_out() {
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/", get(|| async {})).layer(PerfLayer::new(&recorder));
    for value in ["", "-1", "1e9", "99999999999999999999999", "\u{fc}"] {
        let request = Request::get("/").header("content-length", value.as_bytes());
        let request = request.header("traceparent", value.as_bytes()).body(Body::empty());
        let Ok(response) = app.clone().oneshot(request.expect("valid")).await;
        response.into_body().collect().await.expect("a whole body");
    }
    let route = &recorder.snapshot().routes[0];
    assert_eq!((route.requests, route.request_body.count), (5, 0));
    assert!(recorder.kept_of(&route.id).iter().all(|kept| kept.trace.is_none()));
}
