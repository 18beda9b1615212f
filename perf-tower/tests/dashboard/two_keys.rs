//! Whoever may see the dashboard may not see or make profiles by that: a profiler has a key of its own.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::StreamExt;
use http::Request;
use perf_core::Recorder;
use perf_tower::profile::Profiler;
use perf_tower::{Authorize, Dashboard};
use tower::ServiceExt;

/// A dashboard with a profiler, the key to each, and the name of a profile that is kept.
async fn pages() -> (Router, String) {
    let profiler = Profiler::new(Authorize::bearer("profiler")).pause(Duration::ZERO);
    let kept = profiler.record(Duration::from_millis(100), 99).await.expect("a profile");
    let may_look = Authorize::by(|request| {
        request.headers.get("authorization").is_some_and(|key| {
            key.as_bytes() == b"Bearer dashboard" || key.as_bytes() == b"Bearer profiler"
        })
    });
    let pages = Dashboard::new(&Recorder::builder().build(), may_look).profiler(&profiler);
    (pages.into_router(), kept.id().to_owned())
}

/// The status, and the body up to the first event of a stream.
async fn get(pages: &Router, path: &str, key: &str) -> (u16, String) {
    let request = Request::get(path).header("authorization", format!("Bearer {key}"));
    let request = request.body(Body::empty()).expect("valid");
    let Ok(response) = pages.clone().oneshot(request).await;
    let (status, mut body) = (response.status().as_u16(), response.into_body().into_data_stream());
    let first = body.next().await.map(|bytes| bytes.expect("no error"));
    (status, String::from_utf8_lossy(&first.unwrap_or_default()).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whom_the_profiler_lets_in_sees_profiles_or_makes_one_by_a_page() {
    let (pages, id) = pages().await;
    let sampled = "the process is sampled";
    for (key, may) in [("dashboard", false), ("profiler", true)] {
        let (status, _) = get(&pages, "/perf", key).await;
        assert_eq!(status, 200);
        let (_, list) = get(&pages, "/perf/profiles", key).await;
        assert_eq!(list.contains(&id), may, "{list}");
        for path in [format!("/perf/profiles/{id}"), format!("/perf/profiles/{id}.txt")] {
            assert_eq!(get(&pages, &path, key).await.0 == 200, may, "{path}");
        }
        let (status, top) = get(&pages, "/perf/top", key).await;
        assert_eq!((status == 200, top.contains(sampled)), (may, may), "{top}");
        let (_, event) = get(&pages, "/perf/live?view=/perf/top", key).await;
        assert_eq!(event.contains(sampled), may, "{event}");
    }
}
