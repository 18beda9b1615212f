//! The report is served to those whom the application lets in, and to nobody else (guarantee G9).

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
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

fn from(peer: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::get("/perf/report.txt");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer: SocketAddr = peer.parse().expect("an address");
    request.extension(ConnectInfo(peer)).body(()).expect("valid")
}

#[tokio::test]
async fn the_text_has_the_routes_and_the_json_has_them_too() {
    let everybody = || Authorize::by(|_| true);
    let (status, text) = ask(everybody(), from("10.0.0.1:1", &[])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("GET /orders"), "{text}");

    let request = Request::get("/perf/report.json").body(()).expect("valid");
    let (status, json) = ask(everybody(), request).await;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(status, StatusCode::OK);
    assert_eq!(json["routes"][0]["route"], "GET /orders");
    assert_eq!(json["routes"][0]["total"]["count"], 1);
    assert_eq!(json["findings"], serde_json::json!([]));
}

#[tokio::test]
async fn loopback_lets_in_this_machine_by_its_own_name_only() {
    let status = async |peer: &str, headers: &[(&str, &str)]| {
        ask(Authorize::loopback(), from(peer, headers)).await.0
    };
    let host = ("host", "localhost:3000");
    assert_eq!(status("127.0.0.1:9", &[host]).await, StatusCode::OK);
    assert_eq!(status("[::1]:9", &[("host", "[::1]:3000")]).await, StatusCode::OK);
    assert_eq!(status("127.0.0.1:9", &[("host", "127.0.0.1")]).await, StatusCode::OK);

    assert_eq!(status("10.1.2.3:9", &[host]).await, StatusCode::FORBIDDEN);
    assert_eq!(status("127.0.0.1:9", &[("host", "evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(status("127.0.0.1:9", &[]).await, StatusCode::FORBIDDEN);
    let proxied = [host, ("x-forwarded-for", "10.1.2.3")];
    assert_eq!(status("127.0.0.1:9", &proxied).await, StatusCode::FORBIDDEN);
    let forwarded = [host, ("forwarded", "for=10.1.2.3")];
    assert_eq!(status("127.0.0.1:9", &forwarded).await, StatusCode::FORBIDDEN);

    let unknown_peer = Request::get("/perf/report.txt").header("host", "localhost").body(());
    let (status, _) = ask(Authorize::loopback(), unknown_peer.expect("valid")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_bearer_token_must_be_the_right_one() {
    let status = async |token: &str, sent: &str| {
        ask(Authorize::bearer(token), from("10.0.0.1:1", &[("authorization", sent)])).await.0
    };
    assert_eq!(status("s3cret", "Bearer s3cret").await, StatusCode::OK);
    for wrong in ["Bearer s3cre", "Bearer s3creT", "s3cret", "Basic s3cret", "Bearer "] {
        assert_eq!(status("s3cret", wrong).await, StatusCode::FORBIDDEN, "{wrong}");
    }
    assert_eq!(status("", "Bearer ").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_reading_and_only_the_two_names_are_answered() {
    let recorder = Recorder::builder().build();
    let report = Report::new(&recorder, Authorize::by(|_| true));
    let post = Request::builder().method(Method::POST).uri("/perf/report.txt").body(());
    let Ok(response) = report.clone().oneshot(post.expect("valid")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET, HEAD");
    let Ok(response) = report.oneshot(Request::get("/perf/env").body(()).expect("valid")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()["cache-control"], "no-store");
}
