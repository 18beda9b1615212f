//! Who gets which answer: with a link, with the profile, or as if nothing had been asked.

mod profile_support;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
use profile_support::{Answer, Client, burn, exclusively, serve};
use tokio::time::{sleep, timeout};

async fn teapot() -> impl IntoResponse {
    burn(Duration::from_millis(300));
    (StatusCode::IM_A_TEAPOT, [("etag", "\"7\""), ("cache-control", "max-age=60")], "short\nstout")
}

/// Answers 304 to whoever has a copy.
async fn conditional(request: Request) -> StatusCode {
    let headers = request.headers();
    match headers.contains_key("if-none-match") || headers.contains_key("if-modified-since") {
        true => StatusCode::NOT_MODIFIED,
        false => StatusCode::OK,
    }
}

/// With the layer twice, as a router within a router may have it: the outer one does the work.
async fn client() -> Client {
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let layer = ProfileLayer::new(&profiler)
        .consent(|request| !request.uri.path().starts_with("/private"))
        .base_path("/inside/");
    let app = Router::new()
        .route("/teapot", any(teapot))
        .route("/private", any(teapot))
        .route("/conditional", get(conditional))
        .layer(layer.clone())
        .layer(layer)
        .nest_service("/inside", ProfileService::new(&profiler));
    Client::of(serve(app).await)
}

async fn made(client: &Client, path: &str) -> Answer {
    let made = async {
        loop {
            let answer = client.get(path).await;
            if answer.status != StatusCode::ACCEPTED {
                return answer;
            }
            assert_eq!(answer.header("retry-after"), "1");
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), made).await.expect("within half a minute")
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_1_leaves_the_answer_as_it_is_and_links_to_every_form_of_the_result() {
    let _one = exclusively().await;
    let client = client().await.bearer("t");
    let plain = client.get("/teapot").await;
    let answer = client.get("/teapot?profile=1").await;
    assert_eq!((answer.status, &answer.body), (plain.status, &plain.body));
    assert_eq!((answer.header("etag"), answer.header("cache-control")), ("\"7\"", "no-store"));
    let link = answer.header("x-perf-profile").to_owned();
    assert!(link.starts_with("/inside/profiles/"), "{link}");

    let svg = made(&client, &link).await;
    assert_eq!((svg.status, svg.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert!(svg.text().contains("<title>ANY /teapot") || svg.text().contains("GET /teapot"));
    for (ending, kind, holds) in [
        (".svg", "image/svg+xml", "profile_answers::teapot"),
        (".txt", "text/plain; charset=utf-8", "GET /teapot;profile_answers::teapot"),
        (".top.txt", "text/plain; charset=utf-8", "by samples of their own"),
        (".json", "application/json", "\"name\":\"GET /teapot\""),
        (".pb.gz", "application/octet-stream", ""),
    ] {
        let form = client.get(&format!("{link}{ending}")).await;
        assert_eq!((form.status, form.header("content-type")), (StatusCode::OK, kind), "{ending}");
        assert!(form.text().contains(holds), "{}", form.text());
        assert_eq!(form.header("cache-control"), "no-store");
        assert_eq!(form.header("x-content-type-options"), "nosniff");
        assert!(form.header("content-security-policy").starts_with("default-src 'none'"));
    }
    assert_eq!(client.get(&format!("{link}.exe")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/inside/profiles/0").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_asks_as_well_as_the_query() {
    let _one = exclusively().await;
    let client = client().await.bearer("t").header("x-perf-profile", "top; hz=250");
    let answer = client.get("/teapot").await;
    assert_eq!((answer.status, answer.header("x-perf-status")), (StatusCode::OK, "418"));
    assert!(answer.text().contains("at 250 Hz"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_let_in_and_whatever_is_not_consented_to_passes_untouched() {
    let _one = exclusively().await;
    let client = client().await;
    let plain = client.get("/teapot").await;
    let forged = client.clone().bearer("T");
    let partly = client.clone().bearer("tt");
    let allowed = client.clone().bearer("t");
    for (client, path) in [
        (&client, "/teapot?profile=1"),
        (&client, "/teapot?profile=flamegraph&hz=0"),
        (&forged, "/teapot?profile=top"),
        (&partly, "/teapot?profile=nonsense"),
        (&allowed, "/private?profile=flamegraph"),
        (&allowed, "/private?profile=nonsense"),
        (&allowed, "/teapot?my_profile=1"),
    ] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, &answer.body), (plain.status, &plain.body), "{path}");
        assert_eq!(answer.header("cache-control"), "max-age=60", "{path}");
        assert!(!answer.headers.contains_key("x-perf-profile"), "{path}");
    }
    for path in ["/inside/profiles.json", "/inside/profile?seconds=1", "/inside/top.json"] {
        assert_eq!(forged.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profiled_request_does_its_work_whatever_copy_the_caller_has() {
    let _one = exclusively().await;
    let client = client().await.bearer("t");
    let client = client.header("if-none-match", "\"7\"").header("if-modified-since", "never");
    assert_eq!(client.get("/conditional").await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(client.get("/conditional?profile=1").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_gets_the_link_and_options_is_not_profiled() {
    let _one = exclusively().await;
    let client = client().await.bearer("t");
    let answer = client.send("HEAD", b"/teapot?profile=flamegraph").await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::IM_A_TEAPOT, 0));
    let made = made(&client, &format!("{}.txt", answer.header("x-perf-profile"))).await;
    assert!(made.text().contains("HEAD /teapot;profile_answers::teapot"), "{}", made.text());

    let answer = client.send("OPTIONS", b"/teapot?profile=1").await;
    assert!(!answer.headers.contains_key("x-perf-profile"));
    assert_eq!(answer.status, StatusCode::IM_A_TEAPOT);
    let answer = client.send("POST", b"/inside/profile?seconds=1").await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET"));
}
