//! Risk: the start fails silently, starts what nobody asked for, or stops the service.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use perf_trace::InitError;
use serde_json::Value;
use tracing::subscriber::{self, NoSubscriber};

use crate::child::in_child;
use crate::collector::{Answer, Collector, NOBODY};

#[test]
fn a_second_init_is_an_error_that_says_so() {
    in_child!(&[], || {
        let _telemetry = perf_trace::init("shop").unwrap();
        let error = perf_trace::init("shop").unwrap_err();
        assert!(matches!(error, InitError::AlreadyInitialized));
        assert!(error.to_string().contains("called before in this process"));
    });
}

#[test]
fn a_subscriber_of_someone_else_is_an_error_that_says_so() {
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", NOBODY)], || {
        let before = threads();
        subscriber::set_global_default(NoSubscriber::new()).unwrap();
        for _ in 0..2 {
            let error = perf_trace::init("shop").unwrap_err();
            assert!(matches!(error, InitError::SubscriberTaken { .. }), "{error}");
            assert!(error.to_string().contains("another tracing subscriber is installed"));
        }
        assert_threads_settle_at(before);
    });
}

#[test]
fn without_an_endpoint_there_is_no_exporter_and_no_thread() {
    in_child!(&[], || {
        let before = threads();
        let telemetry = perf_trace::init("shop").unwrap();
        assert!(!telemetry.is_exporting());
        assert_eq!(threads(), before);
    });
}

#[test]
fn with_an_endpoint_there_is_one_thread() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let before = threads();
        let telemetry = perf_trace::init("shop").unwrap();
        assert!(telemetry.is_exporting());
        assert_eq!(threads(), before + 1);
    });
}

#[test]
fn the_operator_can_switch_the_export_off() {
    for switch in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
        let collector = Collector::start(Answer::Accept);
        let url = collector.url();
        in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url), switch], || {
            let telemetry = perf_trace::init("shop").unwrap();
            assert!(!telemetry.is_exporting());
            tracing::info_span!("unseen").in_scope(|| {});
        });
        assert!(collector.requests().is_empty());
    }
}

#[test]
fn an_invalid_endpoint_is_a_warning_that_names_the_variable_and_the_service_runs_on() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@collector:port")];
    let stderr = in_child!(&variables, || {
        let telemetry = perf_trace::init("shop").unwrap();
        assert!(!telemetry.is_exporting());
    });
    let warning = log_lines(&stderr).next().unwrap();
    assert_eq!(warning["level"], "WARN");
    assert_eq!(warning["fields"]["variable"], "OTEL_EXPORTER_OTLP_ENDPOINT");
    assert!(!stderr.contains("s3cret"), "{stderr}");
}

#[test]
fn logs_are_json_lines_where_stderr_is_no_terminal() {
    let stderr = in_child!(&[("RUST_LOG", "service=debug")], || {
        let _telemetry = perf_trace::init("shop").unwrap();
        tracing::debug!(orders = 3, "ready");
        tracing::trace!("too fine");
    });
    let lines: Vec<_> = log_lines(&stderr).collect();
    assert_eq!(lines.len(), 1, "{stderr}");
    assert_eq!(lines[0]["fields"]["message"], "ready");
    assert_eq!(lines[0]["fields"]["orders"], 3);
}

fn log_lines(stderr: &str) -> impl Iterator<Item = Value> {
    stderr.lines().map(|line| serde_json::from_str(line).expect(line))
}

/// How many threads this process has.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// A thread that was joined is listed for a moment longer.
fn assert_threads_settle_at(expected: usize) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while threads() != expected && Instant::now() < deadline {
        thread::yield_now();
    }
    assert_eq!(threads(), expected);
}
