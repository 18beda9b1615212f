//! Whatever is asked for: a 4xx with one sentence, and the next profile runs as ever.

mod profile_support;

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use perf_tower::Authorize;
use perf_tower::profile::{ProfileLayer, ProfileService, Profiler};
use profile_support::{Answer, Client, exclusively, serve};
use tokio::time::{sleep, timeout};

fn app(profiler: &Profiler) -> Router {
    Router::new()
        .route("/orders", get(|| async { "orders" }))
        .layer(ProfileLayer::new(profiler))
        .nest_service("/perf", ProfileService::new(profiler))
}

fn is_one_sentence(answer: &Answer) {
    let text = answer.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.len() < 120, "{text}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_and_changes_nothing() {
    let _one = exclusively().await;
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let client = Client::of(serve(app(&profiler)).await).bearer("t");
    for target in [
        "/orders?profile=1&hz=0",
        "/orders?profile=1&hz=-1",
        "/orders?profile=1&hz=251",
        "/orders?profile=1&hz=1e9",
        "/orders?profile=flamegraph&hz=1000000000",
        "/orders?profile=flamegraph&hz=99999999999999999999",
        "/orders?profile=2",
        "/orders?profile=",
        "/orders?profile=%ff%fe",
        "/orders?profile=1%00",
        "/perf/profile?hz=0",
        "/perf/profile?hz=-1",
        "/perf/profile?hz=2000000",
        "/perf/profile?seconds=1e9",
        "/perf/profile?seconds=NaN",
        "/perf/profile?seconds=inf",
        "/perf/profile?seconds=-1",
        "/perf/profile?seconds=0",
        "/perf/profile?seconds=60.1",
        "/perf/profile?seconds=",
        "/perf/profile?seconds=1&format=exe",
        "/perf/top.json?window=0",
        "/perf/top.json?window=11",
        "/perf/top.json?window=1&limit=1e9",
    ] {
        let answer = client.get(target).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{target}: {}", answer.text());
        is_one_sentence(&answer);
        assert!(profiler.status().is_none(), "{target}");
    }
    assert!(profiler.all_kept().is_empty());
    let profile = profiler.record(Duration::from_millis(100), 99).await;
    assert!(profile.is_ok(), "{profile:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_text_and_a_header_of_64_kib_are_refused() {
    let _one = exclusively().await;
    let profiler = Profiler::new(Authorize::bearer("t"));
    let client = Client::of(serve(app(&profiler)).await).bearer("t");
    let answer = client.send("GET", b"/orders?profile=\xff\xfe").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    let long = client.header("x-perf-profile", &"1".repeat(64 << 10));
    let answer = long.get("/orders").await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(answer.body.len() < 200);
    assert!(profiler.status().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_profile_is_told_how_long_the_first_will_take() {
    let _one = exclusively().await;
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let client = Client::of(serve(app(&profiler)).await).bearer("t");
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.get("/perf/profile?seconds=2&format=top").await }
    });
    let running = async {
        while profiler.status().is_none() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), running).await.expect("it starts");
    // Another profiler of the same process has the same slot.
    let other = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let other = Client::of(serve(app(&other)).await).bearer("t");
    for target in ["/perf/profile?seconds=1", "/orders?profile=1", "/perf/top.json"] {
        let answer = other.get(target).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text());
        assert!(["1", "2"].contains(&answer.header("retry-after")), "{:?}", answer.headers);
        assert!(answer.text().starts_with("a profile is running already: repeat in"));
        is_one_sentence(&answer);
    }
    let list = client.get("/perf/profiles.json").await.text();
    assert!(list.contains("\"running\":{\"what\":\"process\",\"elapsed_seconds\":"), "{list}");
    assert_eq!(first.await.expect("no panic").status, StatusCode::OK);
    let answer = client.get("/orders?profile=1").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "orders"));
}

#[tokio::test(flavor = "multi_thread")]
async fn between_two_starts_lies_the_pause() {
    let _one = exclusively().await;
    let profiler = |pause| Profiler::new(Authorize::bearer("t")).pause(pause);
    // Starts count for the whole process, so the first one does not wait for those of other tests.
    let hasty = Client::of(serve(app(&profiler(Duration::ZERO))).await).bearer("t");
    assert_eq!(hasty.get("/perf/profile?seconds=0.1").await.status, StatusCode::OK);
    // Long, because the first profile of a process may take seconds to start on a busy machine.
    let patient = profiler(Duration::from_secs(600));
    let client = Client::of(serve(app(&patient)).await).bearer("t");
    let answer = client.get("/perf/profile?seconds=0.1").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((300..=600).contains(&seconds), "{seconds}");
    is_one_sentence(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_at_the_end_of_what_a_duration_holds_is_no_panic() {
    let _one = exclusively().await;
    let profiler = Profiler::new(Authorize::bearer("t")).pause(Duration::ZERO);
    let client = Client::of(serve(app(&profiler.clone().longest(Duration::MAX))).await).bearer("t");
    for seconds in ["18446744073709551616", "1.8446744073709552e19"] {
        let target = format!("/perf/profile?seconds={seconds}");
        let running = tokio::spawn({
            let client = client.clone();
            async move { client.get(&target).await }
        });
        // It runs until its client leaves.
        while profiler.status().is_none() {
            assert!(!running.is_finished(), "{seconds}");
            sleep(Duration::from_millis(5)).await;
        }
        running.abort();
        while profiler.status().is_some() {
            sleep(Duration::from_millis(5)).await;
        }
    }
}
