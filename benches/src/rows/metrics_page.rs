//! The page of metrics, from the recorder to the last byte, beside the exporter of the facade.

use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::http::Request;
use http_body_util::BodyExt;
use metrics::{Key, Label as FacadeLabel, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use perf_core::{Label, Outcome, Recorder};
use perf_tower::metrics::HTTP_SECONDS;
use perf_tower::{Authorize, Metrics};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "metrics_page", run };

/// A series is one sample: a histogram with 14 bounds is 17 of them.
const SERIES: usize = 1_000;

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().build()?;
    let routes_of_series = (1..).find(|&routes| samples(&page(&runtime, &ours(routes))) >= SERIES);
    let mut rows = Vec::new();
    for (name, routes, goal) in [
        ("1,000 series", routes_of_series.unwrap_or(1), Goal::Nanos(5e6)),
        ("1,000 routes", 1_000, Goal::Ratio(1.0)),
    ] {
        let ours = ours(routes);
        let peer = peer(samples(&page(&runtime, &ours)));
        let rounds = measure(
            effort,
            [
                Box::new(|repetitions| timed(repetitions, || page(&runtime, &ours).len())),
                Box::new(|repetitions| timed(repetitions, || peer.render().len())),
            ],
        );
        let name = format!("metrics_page {name}, metrics-exporter");
        rows.push(Row::of(&name, &rounds, goal));
    }
    Ok(rows)
}

/// Each route has answered a hundred requests with a body, in times that spread.
fn ours(routes: usize) -> Metrics {
    let recorder = Recorder::builder().build();
    for route in 0..routes {
        let name = format!("/shop/{route}/products/{{id}}");
        for n in 0..100 {
            let mut scope = recorder.scope(Label::request("GET", &name));
            scope.mark_head();
            scope.status(200);
            scope.add_response_bytes(1 << (n % 20));
            scope.close(Outcome::Ok);
        }
    }
    Metrics::new(&recorder, Authorize::by(|_| true))
}

fn page(runtime: &Runtime, metrics: &Metrics) -> axum::body::Bytes {
    let request = Request::get("/metrics").body(()).expect("valid");
    runtime.block_on(async {
        let Ok(response) = metrics.clone().oneshot(request).await;
        let Ok(body) = response.into_body().collect().await;
        body.to_bytes()
    })
}

fn samples(page: &[u8]) -> usize {
    page.split(|&byte| byte == b'\n').filter(|line| !line.is_empty() && line[0] != b'#').count()
}

/// As many samples, in histograms with the same bounds.
fn peer(samples: usize) -> PrometheusHandle {
    let builder = PrometheusBuilder::new().set_buckets(&HTTP_SECONDS).expect("there are bounds");
    let recorder = builder.build_recorder();
    let metadata = Metadata::new("benches", Level::INFO, None);
    for route in 0..samples / (HTTP_SECONDS.len() + 3) {
        let labels = vec![
            FacadeLabel::new("http_request_method", "GET"),
            FacadeLabel::new("http_route", format!("/shop/{route}/products/{{id}}")),
        ];
        let key = Key::from_parts("http_server_request_duration_seconds", labels);
        let histogram = recorder.register_histogram(&key, &metadata);
        (0..100).for_each(|n| histogram.record(f64::from(n) / 10.0));
    }
    recorder.handle()
}

fn timed(repetitions: u64, body: impl Fn() -> usize) -> Duration {
    let started = Instant::now();
    (0..repetitions).for_each(|_| {
        black_box(body());
    });
    started.elapsed()
}
