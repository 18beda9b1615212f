//! A short request is profiled by running it again and again: only where that changes nothing, only
//! for so long, and only while somebody waits.

mod profile_support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{any, get};
use futures_util::{StreamExt, stream};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, Profiler};
use profile_support::{Client, burn, exclusively, folded, serve};
use tokio::time::{sleep, timeout};
use tower::{Layer, ServiceExt};

/// Runs of any handler below.
static RUNS: AtomicU64 = AtomicU64::new(0);

#[inline(never)]
fn short_work() {
    burn(Duration::from_micros(500));
}

async fn orders() -> &'static str {
    RUNS.fetch_add(1, Ordering::SeqCst);
    short_work();
    "orders"
}

#[inline(never)]
fn body_work() -> Bytes {
    burn(Duration::from_micros(100));
    Bytes::from_static(b"more")
}

async fn download() -> Body {
    RUNS.fetch_add(1, Ordering::SeqCst);
    Body::from_stream(stream::iter(0..50).map(|_| Ok::<_, std::io::Error>(body_work())))
}

async fn endless() -> Body {
    RUNS.fetch_add(1, Ordering::SeqCst);
    Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(body_work())))
}

async fn limited() -> StatusCode {
    match RUNS.fetch_add(1, Ordering::SeqCst) {
        0 => StatusCode::OK,
        _ => StatusCode::TOO_MANY_REQUESTS,
    }
}

async fn slow() {
    RUNS.fetch_add(1, Ordering::SeqCst);
    std::future::pending().await
}

fn profiler() -> Profiler {
    Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO)
}

async fn client(profiler: &Profiler) -> Client {
    RUNS.store(0, Ordering::SeqCst);
    let app = Router::new()
        .route("/orders", any(orders))
        .route("/download", get(download))
        .route("/endless", get(endless))
        .route("/limited", get(limited))
        .route("/slow", get(slow))
        .layer(ProfileLayer::new(profiler))
        .route("/other", get(|| async { "other" }));
    Client::of(serve(app).await)
}

fn runs() -> u64 {
    RUNS.load(Ordering::SeqCst)
}

async fn until(what: &str, reached: impl Fn() -> bool) {
    let reached = async {
        while !reached() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(20), reached).await.unwrap_or_else(|_| panic!("{what}"));
}

/// The number in `GET /orders, 1,234 times in 1.0 s`.
fn told_runs(text: &str) -> u64 {
    let (before, _) = text.split_once(" times in ").unwrap_or_else(|| panic!("{text}"));
    let (_, number) = before.rsplit_once(' ').expect("a label before it");
    number.replace(',', "").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_millisecond_of_work_has_many_samples_when_it_is_repeated() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await.bearer("t");
    let answer = client.get("/orders?profile=collapsed&seconds=1&hz=250").await;
    let text = answer.text();
    assert_eq!((answer.status, answer.header("x-perf-status")), (StatusCode::OK, "200"), "{text}");
    assert!(text.contains("\n# GET /orders, "), "{text}");
    assert_eq!(told_runs(&text), runs(), "{text}");
    let samples: u64 = folded(&text).iter().map(|(_, count)| count).sum();
    assert!(samples > 50, "{text}");
    let handler = "GET /orders;profile_repeat::orders";
    let of_handler = folded(&text).into_iter().filter(|(stack, _)| stack.starts_with(handler));
    let of_handler: u64 = of_handler.map(|(_, count)| count).sum();
    assert!(of_handler * 10 >= samples * 9, "{text}");

    let kept = answer.header("x-perf-profile").rsplit('/').next().expect("a path");
    let about = profiler.kept(kept).expect("kept").about().clone();
    assert_eq!((about.runs, about.samples), (Some(runs()), samples));
    assert!((0.9..1.5).contains(&about.seconds), "{about:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_is_read_to_its_end_and_is_part_of_the_profile() {
    let _one = exclusively().await;
    let client = client(&profiler()).await.bearer("t").header("x-perf-profile", "top; seconds=0.5");
    let text = client.get("/download").await.text();
    assert_eq!(told_runs(&text), runs(), "{text}");
    assert!(runs() > 5 && text.contains("profile_repeat::body_work"), "{text}");
}

#[tokio::test]
async fn on_one_thread_other_requests_are_served_between_two_runs() {
    let _one = exclusively().await;
    let client = client(&profiler()).await.bearer("t");
    let profile = tokio::spawn({
        let client = client.clone();
        async move { client.get("/orders?profile=top&seconds=2").await }
    });
    until("it runs", || runs() > 10).await;
    let mut served_meanwhile = 0;
    while served_meanwhile < 5 && !profile.is_finished() {
        assert_eq!(client.get("/other").await.text(), "other");
        served_meanwhile += u32::from(!profile.is_finished());
    }
    assert!(served_meanwhile > 0, "they were served too late");
    assert_eq!(profile.await.expect("no panic").status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_change_something_or_has_a_body_is_refused_and_does_not_run() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await.bearer("t");
    let with_length = client.clone().header("content-length", "2");
    let chunked = client.clone().header("transfer-encoding", "chunked");
    for (client, method) in [
        (&client, "POST"),
        (&client, "PUT"),
        (&client, "DELETE"),
        (&client, "PURGE"),
        (&with_length, "GET"),
        (&chunked, "GET"),
    ] {
        let answer = client.send(method, b"/orders?profile=top&seconds=1").await;
        let sentence = "seconds repeats the request, which takes GET or HEAD without a body\n";
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::BAD_REQUEST, sentence));
    }
    let answer = client.get("/orders?profile=1&seconds=1").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().starts_with("profile=1 is of one run"), "{}", answer.text());
    for seconds in ["0", "-1", "1e9", "NaN", "", "60.1"] {
        let answer = client.get(&format!("/orders?profile=top&seconds={seconds}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{seconds}");
        assert_eq!(answer.text(), "seconds takes a number from 0.1 to 60\n", "{seconds}");
    }
    assert_eq!(runs(), 0);
    assert!(profiler.status().is_none() && profiler.all_kept().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_let_in_gets_one_run_and_the_applications_answer() {
    let _one = exclusively().await;
    let client = client(&profiler()).await.bearer("forged");
    for (method, seconds) in [("GET", "1"), ("GET", "NaN"), ("POST", "1")] {
        let before = runs();
        let target = format!("/orders?profile=top&seconds={seconds}");
        let answer = client.send(method, target.as_bytes()).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "orders"));
        assert_eq!(runs(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_runs() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await.bearer("t");
    for target in ["/orders", "/slow", "/endless"] {
        let before = runs();
        let target = format!("{target}?profile=top&seconds=60");
        let socket = client.open("GET", target.as_bytes()).await;
        until("it runs", || runs() > before).await;
        drop(socket);
        until("the slot is free", || profiler.status().is_none()).await;
        let after = runs();
        sleep(Duration::from_millis(50)).await;
        assert_eq!(runs(), after, "{target}");
    }
    assert!(profiler.all_kept().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_does_not_end_is_given_up_at_the_limit() {
    let _one = exclusively().await;
    let client = client(&profiler()).await.bearer("t");
    for target in ["/slow", "/endless"] {
        let started = Instant::now();
        let answer = client.get(&format!("{target}?profile=top&seconds=0.3")).await;
        assert!(answer.text().contains(", once in 0."), "{}", answer.text());
        assert!(started.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(runs(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_differ_from_the_first_are_told() {
    let _one = exclusively().await;
    let client = client(&profiler()).await.bearer("t");
    let answer = client.get("/limited?profile=top&seconds=0.2").await;
    assert_eq!(answer.header("x-perf-status"), "200");
    let text = answer.text();
    assert!(text.contains(" of the answers had another status than the first"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_repeated_as_well_and_gets_the_link() {
    let _one = exclusively().await;
    let profiler = profiler();
    let client = client(&profiler).await.bearer("t");
    let answer = client.send("HEAD", b"/orders?profile=flamegraph&seconds=0.2").await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
    let id = answer.header("x-perf-profile").rsplit('/').next().expect("a path");
    assert_eq!(profiler.kept(id).expect("kept").about().runs, Some(runs()));
    assert!(runs() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_bodies_of_its_own_type_is_repeated_once_it_gives_an_empty_one() {
    let _one = exclusively().await;
    let profiler = profiler();
    let app = tower::service_fn(|_: Request<String>| async {
        RUNS.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Response::new(Full::from("short")))
    });
    RUNS.store(0, Ordering::SeqCst);
    let ask = |layer: ProfileLayer| {
        let request = Request::get("/?profile=top&seconds=0.2").header("authorization", "Bearer t");
        layer.layer(app).oneshot(request.body(String::new()).expect("valid"))
    };
    let layer = ProfileLayer::new(&profiler);
    let refused = ask(layer.clone()).await.expect("an answer");
    assert_eq!((refused.status(), runs()), (StatusCode::NOT_IMPLEMENTED, 0));
    let answer = ask(layer.empty_body(String::new)).await.expect("an answer");
    let text = answer.into_body().collect().await.expect("a body").to_bytes();
    assert_eq!(told_runs(&String::from_utf8_lossy(&text)), runs());
    assert!(runs() > 1);
}
