//! The report is served to those whom the application lets in, and to nobody else (guarantee G9).

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::{Request, StatusCode};
use perf_core::Recorder;
use perf_tower::{Authorize, Report};
use tower::ServiceExt;

const LOCAL: &str = "127.0.0.1:9";
const HOST: (&str, &str) = ("host", "localhost:3000");

async fn gets_in(authorize: &Authorize, request: http::request::Builder) -> bool {
    let report = Report::new(&Recorder::builder().build(), authorize.clone());
    let Ok(response) = report.oneshot(request.body(()).expect("valid")).await;
    assert!([StatusCode::OK, StatusCode::FORBIDDEN].contains(&response.status()));
    response.status() == StatusCode::OK
}

async fn is_local(peer: &str, headers: &[(&str, &str)]) -> bool {
    is_local_at("/perf/report.txt", peer, headers).await
}

async fn is_local_at(uri: &str, peer: &str, headers: &[(&str, &str)]) -> bool {
    let peer: SocketAddr = peer.parse().expect("an address");
    let request = Request::get(uri).extension(ConnectInfo(peer));
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    gets_in(&Authorize::loopback(), request).await
}

#[tokio::test]
async fn loopback_lets_in_this_machine_by_its_own_names() {
    assert!(is_local(LOCAL, &[HOST]).await);
    assert!(is_local(LOCAL, &[("host", "127.0.0.1")]).await);
    assert!(is_local("[::1]:9", &[("host", "[::1]:3000")]).await);
    assert!(is_local("[::ffff:127.0.0.1]:9", &[HOST]).await, "a dual-stack socket");
    assert!(is_local(LOCAL, &[("host", "[::ffff:127.0.0.1]")]).await);
    assert!(is_local_at("http://localhost:3000/perf/report.txt", LOCAL, &[]).await, "HTTP/2");
}

#[tokio::test]
async fn loopback_refuses_other_machines_other_names_and_unknown_peers() {
    assert!(!is_local("10.1.2.3:9", &[HOST]).await);
    assert!(!is_local("[::ffff:10.1.2.3]:9", &[HOST]).await);
    assert!(!is_local(LOCAL, &[("host", "evil.example")]).await);
    assert!(!is_local(LOCAL, &[]).await);
    let unknown_peer = Request::get("/perf/report.txt").header("host", "localhost");
    assert!(!gets_in(&Authorize::loopback(), unknown_peer).await);
}

#[tokio::test]
async fn loopback_refuses_an_ambiguous_name() {
    assert!(!is_local(LOCAL, &[HOST, HOST]).await, "two hosts");
    assert!(!is_local(LOCAL, &[("host", "user@localhost")]).await);
    assert!(!is_local(LOCAL, &[("host", "localhost@evil.example")]).await);
    let by_uri = "http://localhost/perf/report.txt";
    assert!(!is_local_at(by_uri, LOCAL, &[("host", "evil.example")]).await);
    assert!(!is_local_at("http://evil.example/perf/report.txt", LOCAL, &[HOST]).await);
}

#[tokio::test]
async fn loopback_refuses_what_any_usual_proxy_marked() {
    let marks = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
        "cf-connecting-ip",
        "true-client-ip",
    ];
    for mark in marks {
        assert!(!is_local(LOCAL, &[HOST, (mark, "10.1.2.3")]).await, "{mark}");
    }
}

#[tokio::test]
async fn loopback_refuses_pages_of_other_sites() {
    for origin in
        ["https://evil.example", "null", "http://localhost.evil.example", "http://u@localhost"]
    {
        assert!(!is_local(LOCAL, &[HOST, ("origin", origin)]).await, "{origin}");
    }
    assert!(!is_local(LOCAL, &[HOST, ("sec-fetch-site", "cross-site")]).await);
    assert!(is_local(LOCAL, &[HOST, ("origin", "http://localhost:3000")]).await);
    assert!(is_local(LOCAL, &[HOST, ("origin", "http://[::1]:3000")]).await);
    assert!(is_local(LOCAL, &[HOST, ("sec-fetch-site", "none")]).await, "typed by hand");
}

#[tokio::test]
async fn a_bearer_token_must_be_the_right_one() {
    let gets_in = async |token: &str, sent: &str| {
        let request = Request::get("/perf/report.txt").header("authorization", sent);
        gets_in(&Authorize::bearer(token), request).await
    };
    for right in ["Bearer s3cret", "bearer s3cret", "BEARER  s3cret"] {
        assert!(gets_in("s3cret", right).await, "{right}");
    }
    for wrong in
        ["Bearer s3cre", "Bearer s3creT", "s3cret", "Basic s3cret", "Bearers3cret", "Bearer "]
    {
        assert!(!gets_in("s3cret", wrong).await, "{wrong}");
    }
    assert!(!gets_in("", "Bearer ").await);
}
