//! A scraper's view: a real server, real requests through PerfLayer, the page beside them.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use perf_core::Recorder;
use perf_tower::{Authorize, Metrics, PerfLayer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn serve() -> SocketAddr {
    let recorder = Recorder::builder().build();
    let app = Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .layer(PerfLayer::new(&recorder));
    let metrics = Metrics::new(&recorder, Authorize::bearer("s3cret"));
    let app = Router::new().route_service("/metrics", metrics).merge(app);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Head and body.
async fn ask(address: SocketAddr, first_line: &str, more: &str) -> (String, String) {
    let mut socket = TcpStream::connect(address).await.expect("listening");
    let request = format!(
        "{first_line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer s3cret\r\n\
         {more}Connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_scraper_sees_the_requests_and_not_its_own() {
    let address = serve().await;
    for path in ["/orders/1", "/orders/2", "/broken", "/nowhere/1", "/nowhere/2"] {
        ask(address, &format!("GET {path}"), "").await;
    }
    let accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    ask(address, "GET /metrics", accept).await;
    let (head, page) = ask(address, "GET /metrics", accept).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let content_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(head.contains(content_type), "{head}");
    assert!(page.ends_with("\n# EOF\n"), "{page}");
    for (labels, count) in [
        (r#"http_request_method="GET",http_route="/orders/{id}""#, 2),
        (r#"http_request_method="GET",http_route="/broken""#, 1),
        (r#"http_request_method="_OTHER""#, 2),
    ] {
        let line = format!("\nhttp_server_request_duration_seconds_count{{{labels}}} {count}\n");
        assert!(page.contains(&line), "{line}{page}");
    }
    assert!(!page.contains("/metrics") && !page.contains("nowhere"), "{page}");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let (head, body) = ask(serve().await, "HEAD /metrics", "").await;
    assert!(head.starts_with("http/1.1 200") && head.contains("\r\ncontent-length: "), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn an_accept_of_sixty_kilobytes_is_answered() {
    let accept = format!("Accept: {}text/plain\r\n", "a/b;q=0.1,".repeat(6_000));
    let (head, page) = ask(serve().await, "GET /metrics", &accept).await;
    assert!(head.starts_with("http/1.1 200") && page.starts_with("# HELP"), "{head}");
}
