//! What a layer adds to a request through an axum router, called in process.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use axum_prometheus::PrometheusMetricLayer;
use hotpath::{Format, HotpathGuardBuilder};
use http_body_util::BodyExt;
use perf_core::Recorder;
use perf_tower::PerfLayer;
use tokio::runtime::{Builder, Runtime};
use tower::Service;
use tower_http::trace::TraceLayer;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "perf_layer", run };

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let recorder = Recorder::global();
    // Its upkeep is a task of the runtime, which keeps its histograms from growing for ever.
    let (prometheus, _handle) = runtime.block_on(async { PrometheusMetricLayer::pair() });

    // What `#[hotpath::main]` does: without it the layer leaves out a part of its work.
    let _hotpath = HotpathGuardBuilder::new("benches").format(Format::None).build();

    let against = |name: &str, peer: Router, goal| {
        let ours = router().layer(PerfLayer::new(recorder));
        let contestants = [router(), ours, peer].map(|app| {
            let runtime = &runtime;
            Box::new(move |repetitions| requests(runtime, &app, repetitions)) as _
        });
        Row::of_added(name, &measure(effort, contestants), goal)
    };
    Ok(vec![
        against("perf_layer, axum-prometheus", router().layer(prometheus), Goal::Ratio(0.2)),
        against(
            "perf_layer, tower-http TraceLayer",
            router().layer(TraceLayer::new_for_http()),
            Goal::Ratio(1.0),
        ),
        against(
            "perf_layer, hotpath AxumLayer",
            router().layer(hotpath::AxumLayer::new()),
            Goal::Ratio(1.0),
        ),
    ])
}

pub(super) fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "home" }))
        .route("/products/{id}", get(|| async { "a product" }))
}

pub(super) fn requests(runtime: &Runtime, app: &Router, repetitions: u64) -> Duration {
    let mut app = app.clone();
    runtime.block_on(async {
        let started = Instant::now();
        for _ in 0..repetitions {
            let request = Request::get("/products/42").body(Body::empty()).expect("valid");
            let response = app.call(request).await.expect("infallible");
            response.into_body().collect().await.expect("a whole body");
        }
        started.elapsed()
    })
}
