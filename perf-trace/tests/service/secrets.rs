//! Risk: a token from `OTEL_EXPORTER_OTLP_HEADERS` ends up in a log or an error.

use std::error::Error;
use std::time::Duration;

use crate::child::in_child;
use crate::collector::{Answer, Collector};

#[test]
fn a_token_in_the_headers_shows_in_no_log_and_in_no_error() {
    let collector = Collector::start(Answer::Refuse);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret"),
        ("RUST_LOG", "trace"),
    ];
    let stderr = in_child!(&variables, || {
        let telemetry = perf_trace::init("shop").unwrap();
        tracing::info!(?telemetry, "started");
        tracing::info_span!("work").in_scope(|| {});
        let error = telemetry.shutdown(Duration::from_secs(5)).unwrap_err();
        tracing::error!(?error, source = ?error.source(), "stopped");
    });
    let head = &collector.requests()[0].head;
    assert!(head.contains("authorization: Bearer s3cret"), "the collector needs the token: {head}");
    assert!(stderr.contains("401"), "the refusal is logged: {stderr}");
    assert!(!stderr.contains("s3cret"), "{stderr}");
}
