//! The report as text and as JSON.

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use perf_core::{Label, Outcome, Recorder};
use perf_tower::{Authorize, Report};
use tower::ServiceExt;

async fn ask(authorize: Authorize, request: Request<()>) -> (StatusCode, String) {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::request("GET", "/orders")).close(Outcome::Ok);
    let Ok(response) = Report::new(&recorder, authorize).oneshot(request).await;
    text(response).await
}

async fn text(response: Response<http_body_util::Full<bytes::Bytes>>) -> (StatusCode, String) {
    let status = response.status();
    let Ok(body) = response.into_body().collect().await;
    (status, String::from_utf8(body.to_bytes().to_vec()).expect("text"))
}

fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).expect("valid")
}

#[tokio::test]
async fn the_text_has_the_routes_and_the_json_has_them_too() {
    let everybody = || Authorize::by(|_| true);
    let (status, text) = ask(everybody(), get("/perf/report.txt")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("GET /orders"), "{text}");

    let (status, json) = ask(everybody(), get("/perf/report.json")).await;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(status, StatusCode::OK);
    assert_eq!(json["routes"][0]["route"], "GET /orders");
    assert_eq!(json["routes"][0]["total"]["count"], 1);
    assert_eq!(json["findings"], serde_json::json!([]));
}

#[tokio::test]
async fn only_reading_and_only_the_two_names_are_answered() {
    let recorder = Recorder::builder().build();
    let report = Report::new(&recorder, Authorize::by(|_| true));
    let post = Request::builder().method(Method::POST).uri("/perf/report.txt").body(());
    let Ok(response) = report.clone().oneshot(post.expect("valid")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET, HEAD");
    let Ok(response) = report.oneshot(get("/perf/env")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()["cache-control"], "no-store");
}
