//! Risk: spans get lost, or make more spans, on some kind of runtime or filter.

use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tracing::{debug_span, info_span};

use crate::child::in_child;
use crate::collector::{Answer, Collector};

#[test]
fn spans_arrive_without_a_runtime() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], serve_and_shut_down);
    assert_request_and_query_arrived(&collector);
}

#[test]
fn spans_arrive_from_a_current_thread_runtime() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { serve_and_shut_down() });
    });
    assert_request_and_query_arrived(&collector);
}

#[test]
fn spans_arrive_from_a_multi_thread_runtime() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async { tokio::spawn(async { serve_and_shut_down() }).await.unwrap() });
    });
    assert_request_and_query_arrived(&collector);
}

#[test]
fn spans_arrive_when_shutdown_blocks_the_only_worker() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        runtime.block_on(async { tokio::spawn(async { serve_and_shut_down() }).await.unwrap() });
    });
    assert_request_and_query_arrived(&collector);
}

#[test]
fn spans_arrive_when_the_guard_is_only_dropped() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _telemetry = perf_trace::init("shop").unwrap();
            serve();
        });
    });
    assert_request_and_query_arrived(&collector);
}

#[test]
fn the_endpoint_of_the_signal_is_used_as_it_is() {
    let collector = Collector::start(Answer::Accept);
    let url = format!("{}/intake", collector.url());
    in_child!(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &url)], serve_and_shut_down);
    assert!(collector.requests()[0].head.starts_with("POST /intake HTTP/1.1\r\n"));
}

#[test]
fn exports_are_compressed_when_the_operator_asks_for_it() {
    let collector = Collector::start(Answer::Accept);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ];
    in_child!(&variables, serve_and_shut_down);
    assert!(collector.requests()[0].head.contains("content-encoding: gzip\r\n"));
}

#[test]
fn quiet_logs_do_not_empty_the_traces() {
    let collector = Collector::start(Answer::Accept);
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()), ("RUST_LOG", "off")];
    let stderr = in_child!(&variables, || {
        let telemetry = perf_trace::init("shop").unwrap();
        serve();
        tracing::error!("nobody reads this");
        telemetry.shutdown(Duration::from_secs(5)).unwrap();
    });
    assert_request_and_query_arrived(&collector);
    assert!(!stderr.contains("nobody reads this"), "{stderr}");
}

#[test]
fn spans_below_info_are_exported_only_when_rust_log_asks_for_them() {
    for (directives, expected) in [("", 0), ("service=debug", 1), ("elsewhere=debug", 0)] {
        let collector = Collector::start(Answer::Accept);
        let url = collector.url();
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("RUST_LOG", directives)];
        in_child!(&variables, || {
            let telemetry = perf_trace::init("shop").unwrap();
            debug_span!("detail").in_scope(|| {});
            telemetry.shutdown(Duration::from_secs(5)).unwrap();
        });
        assert_eq!(collector.spans().len(), expected, "RUST_LOG={directives}");
    }
}

#[test]
fn spans_of_the_export_stack_are_dropped_and_request_spans_of_tower_http_are_not() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let telemetry = perf_trace::init("shop").unwrap();
        info_span!(target: "hyper::proto::h1", "hyper").in_scope(|| {});
        info_span!(target: "h2", "h2").in_scope(|| {});
        info_span!(target: "tower::buffer::worker", "tower").in_scope(|| {});
        info_span!(target: "opentelemetry-otlp", "opentelemetry").in_scope(|| {});
        info_span!(target: "tower_http::trace::make_span", "request").in_scope(|| {});
        telemetry.shutdown(Duration::from_secs(5)).unwrap();
    });
    assert_eq!(collector.span_names(), ["request"]);
}

#[test]
fn an_export_causes_no_further_export_at_trace_level() {
    let collector = Collector::start(Answer::Accept);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
        ("RUST_LOG", "trace"),
    ];
    in_child!(&variables, || {
        let telemetry = perf_trace::init("shop").unwrap();
        serve();
        // Long enough for dozens of rounds, if one export were to cause the next.
        thread::sleep(Duration::from_millis(500));
        telemetry.shutdown(Duration::from_secs(5)).unwrap();
    });
    assert_request_and_query_arrived(&collector);
    assert!(collector.requests().len() <= 2, "{} exports", collector.requests().len());
}

fn serve_and_shut_down() {
    let telemetry = perf_trace::init("shop").unwrap();
    assert!(telemetry.is_exporting());
    serve();
    telemetry.shutdown(Duration::from_secs(5)).unwrap();
}

fn serve() {
    info_span!("request").in_scope(|| info_span!("query").in_scope(|| {}));
}

fn assert_request_and_query_arrived(collector: &Collector) {
    assert_eq!(collector.span_names(), ["query", "request"]);
    let spans = collector.spans();
    let [query, request] =
        ["query", "request"].map(|name| spans.iter().find(|span| span.name == name).unwrap());
    assert_eq!(query.parent_span_id, request.span_id);
    assert_eq!(query.trace_id, request.trace_id);
    assert!(request.parent_span_id.is_empty());
}
