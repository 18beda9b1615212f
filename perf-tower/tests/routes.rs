//! Requests are counted by template; what no template matched is one series.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use perf_core::Recorder;
use perf_tower::{Authorize, PerfLayer, Route, dashboard};
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
async fn what_the_router_gives_no_template_for_is_one_series() {
    let recorder = Recorder::builder().build();
    let plain = tower::service_fn(|_: Request<Body>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Body::empty())))
    });
    let inner = Router::new().route("/{id}", get(|| async {}));
    let app = Router::new()
        .nest_service("/files", plain)
        .nest_service("/inner", inner)
        .route("/known", post(|| async {}))
        .fallback(|| async { http::StatusCode::NOT_FOUND })
        .layer(PerfLayer::new(&recorder));
    for path in ["/files/a", "/files/b/c", "/inner/1", "/unknown", "/"] {
        send(&app, Method::GET, path).await;
    }
    send(&app, Method::GET, "/known").await;
    let made_up = Method::from_bytes(b"BREW").expect("a valid token");
    send(&app, made_up.clone(), "/known").await;
    send(&app, made_up, "/coffee").await;
    let expected = [
        ("GET /known".to_owned(), 1),
        ("_OTHER /known".to_owned(), 1),
        ("_OTHER _unmatched".to_owned(), 6),
    ];
    assert_eq!(routes(&recorder), expected);
}

/// The layer goes into the router that is nested as a service.
#[tokio::test]
async fn a_layer_inside_of_a_nested_service_gives_its_template() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let inner = Router::new().route("/{id}", get(|| async {})).layer(layer.clone());
    let app = Router::new().nest_service("/inner", inner).layer(layer);
    send(&app, Method::GET, "/inner/1").await;
    assert_eq!(routes(&recorder), [("GET /inner/{id}".to_owned(), 1)]);
}

#[tokio::test]
async fn a_route_given_by_the_application_wins_over_the_template_of_the_router() {
    let recorder = Recorder::builder().build();
    let app = Router::new()
        .route("/{*rest}", get(|| async {}))
        .layer(PerfLayer::new(&recorder))
        .layer(axum::Extension(Route::new("/orders/{id}")));
    send(&app, Method::GET, "/orders/1").await;
    assert_eq!(routes(&recorder), [("GET /orders/{id}".to_owned(), 1)]);
}

/// As the README says to set it up.
#[tokio::test]
async fn beside_the_dashboard_requests_without_a_route_are_still_recorded() {
    let recorder = Recorder::builder().build();
    let app = Router::new().route("/known", get(|| async {})).layer(PerfLayer::new(&recorder));
    let app: Router = dashboard(&recorder, Authorize::by(|_| true)).merge(app);
    for path in ["/known", "/unknown/1", "/unknown/2", "/perf/report.txt"] {
        send(&app, Method::GET, path).await;
    }
    let expected = [("GET /known".to_owned(), 1), ("_OTHER _unmatched".to_owned(), 2)];
    assert_eq!(routes(&recorder), expected);
}
