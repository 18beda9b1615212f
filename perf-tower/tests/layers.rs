//! A request that passes two layers counts once.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use perf_core::{Outcome, Recorder};
use perf_tower::{PerfLayer, Route};
use tower::{Layer, Service, ServiceExt, service_fn};

async fn send<S, B>(app: &S, path: &str) -> StatusCode
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    B: http_body::Body,
{
    let request = Request::builder().method(Method::GET).uri(path).body(Body::empty());
    let Ok(response) = app.clone().oneshot(request.expect("valid")).await;
    let status = response.status();
    _ = response.into_body().collect().await;
    status
}

fn app() -> Router {
    let orders = Router::new().route("/{id}", get(|| async { "order" }));
    Router::new().nest("/orders", orders).route("/never", get(std::future::pending::<()>))
}

/// Names, requests and open requests of all routes.
fn routes(recorder: &Recorder) -> Vec<(String, u64, u64)> {
    let routes = recorder.snapshot().routes;
    let mut routes: Vec<_> =
        routes.into_iter().map(|route| (route.route, route.requests, route.in_flight)).collect();
    routes.sort();
    routes
}

#[tokio::test]
async fn around_a_finished_router_the_inner_layer_tells_the_outer_one_the_template() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let app = layer.layer(app().layer(layer.clone()));
    send(&app, "/orders/1").await;
    send(&app, "/orders/2").await;
    send(&app, "/nowhere").await;
    let call = send(&app, "/never");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(5), call).await.is_err());
    let expected = [
        ("GET /never".to_owned(), 1, 0),
        ("GET /orders/{id}".to_owned(), 2, 0),
        ("_OTHER _unmatched".to_owned(), 1, 0),
    ];
    assert_eq!(routes(&recorder), expected);
    let snapshot = recorder.snapshot();
    let never = snapshot.routes.iter().find(|route| route.template == "/never").expect("there");
    assert_eq!(never.outcomes.get(&Outcome::CancelledBeforeHead), Some(&1));
}

#[tokio::test]
async fn both_inside_of_the_router_count_once() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let app = app().layer(layer.clone()).layer(layer);
    send(&app, "/orders/1").await;
    send(&app, "/nowhere").await;
    let expected = [("GET /orders/{id}".to_owned(), 1, 0), ("_OTHER _unmatched".to_owned(), 1, 0)];
    assert_eq!(routes(&recorder), expected);
}

#[tokio::test]
async fn each_of_two_recorders_counts() {
    let (one, other) = (Recorder::builder().build(), Recorder::builder().build());
    let app = app().layer(PerfLayer::new(&one)).layer(PerfLayer::new(&other));
    send(&app, "/orders/1").await;
    assert_eq!(routes(&one), [("GET /orders/{id}".to_owned(), 1, 0)]);
    assert_eq!(routes(&one), routes(&other));
}

/// As an endpoint does that takes many requests in one.
#[tokio::test]
async fn requests_that_a_handler_makes_in_the_process_count_on_their_own() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let inner = app().layer(layer.clone());
    let batch = service_fn(move |_: Request<Body>| {
        let inner = inner.clone();
        async move {
            send(&inner, "/orders/1").await;
            send(&inner, "/orders/2").await;
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }
    });
    let app = Router::new().route_service("/batch", batch).layer(layer);
    send(&app, "/batch").await;
    let expected = [("GET /batch".to_owned(), 1, 0), ("GET /orders/{id}".to_owned(), 2, 0)];
    assert_eq!(routes(&recorder), expected);
}

#[tokio::test]
async fn requests_inside_of_a_job_count_on_their_own() {
    let recorder = Recorder::builder().build();
    let app = app().layer(PerfLayer::new(&recorder));
    let job = recorder.scope(perf_core::Label::job("a test"));
    job.run(send(&app, "/orders/1")).await;
    assert_eq!(routes(&recorder), [("GET /orders/{id}".to_owned(), 1, 0), ("a test".into(), 1, 0)]);
}

/// Told apart on purpose, as the docs say.
#[tokio::test]
async fn two_layers_that_know_different_templates_count_each() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let app = app()
        .layer(layer.clone())
        .layer(axum::Extension(Route::new("/orders, renamed")))
        .layer(layer);
    send(&app, "/orders/1").await;
    assert_eq!(routes(&recorder).len(), 2);
}

#[tokio::test]
async fn a_request_beyond_the_bound_of_routes_counts_once_too() {
    let recorder = Recorder::builder().routes(1).build();
    let layer = PerfLayer::new(&recorder);
    let inside = app().layer(layer.clone()).layer(layer.clone());
    let around = layer.layer(inside.clone());
    send(&around, "/nowhere").await;
    send(&inside, "/orders/1").await;
    send(&around, "/orders/1").await;
    let expected = [("_OTHER _unmatched".to_owned(), 1, 0), ("_other".to_owned(), 2, 0)];
    assert_eq!(routes(&recorder), expected);
}
