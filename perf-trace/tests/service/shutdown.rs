//! Risk: a collector that is gone, refuses or stays silent holds up the end of the service, or
//! lost spans go unnoticed.
//!
//! The limits leave room for a busy machine and stay well under the ten seconds of one export.

use std::panic;
use std::time::{Duration, Instant};

use perf_trace::{ShutdownError, Telemetry};
use tokio::runtime::Builder;

use crate::child::in_child;
use crate::collector::{Answer, Collector, NOBODY};

#[test]
fn a_silent_collector_makes_shutdown_an_error_within_its_timeout() {
    let collector = Collector::start(Answer::Silence);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let telemetry = init_and_record();
        let asked = Instant::now();
        let error = telemetry.shutdown(Duration::from_secs(3)).unwrap_err();
        assert!(asked.elapsed() < Duration::from_secs(7), "{:?}", asked.elapsed());
        assert!(matches!(error, ShutdownError::Timeout { .. }), "{error}");
    });
    // What the child has sent lies in the socket; the collector's thread may still have to read it.
    let deadline = Instant::now() + Duration::from_secs(5);
    while collector.requests().is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(collector.requests().len(), 1);
}

#[test]
fn a_silent_collector_holds_up_a_current_thread_runtime_no_longer() {
    let collector = Collector::start(Answer::Silence);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let telemetry = init_and_record();
            let asked = Instant::now();
            telemetry.shutdown(Duration::from_secs(1)).unwrap_err();
            assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
        });
    });
}

#[test]
fn a_silent_collector_holds_up_a_drop_for_five_seconds_at_most() {
    let collector = Collector::start(Answer::Silence);
    let stderr = in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let telemetry = init_and_record();
        let asked = Instant::now();
        drop(telemetry);
        assert!(asked.elapsed() < Duration::from_secs(7), "{:?}", asked.elapsed());
    });
    assert!(stderr.contains("spans may be missing at the collector"), "{stderr}");
}

#[test]
fn an_unreachable_collector_is_an_error_that_counts_the_spans() {
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", NOBODY)], || {
        let telemetry = init_and_record();
        let error = telemetry.shutdown(Duration::from_secs(5)).unwrap_err();
        assert!(matches!(error, ShutdownError::Undelivered { spans: 2 }), "{error}");
    });
}

#[test]
fn an_https_endpoint_that_speaks_no_tls_is_an_error_that_counts_the_spans() {
    let collector = Collector::start(Answer::Accept);
    let url = collector.url().replace("http:", "https:");
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)], || {
        let error = init_and_record().shutdown(Duration::from_secs(8)).unwrap_err();
        assert!(matches!(error, ShutdownError::Undelivered { spans: 2 }), "{error}");
    });
}

#[test]
fn a_refusing_collector_is_an_error_that_counts_the_spans() {
    let collector = Collector::start(Answer::Refuse);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let error = init_and_record().shutdown(Duration::from_secs(8)).unwrap_err();
        assert!(matches!(error, ShutdownError::Undelivered { spans: 2 }), "{error}");
    });
}

#[test]
fn an_unreachable_collector_holds_up_a_drop_for_five_seconds_at_most() {
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", NOBODY)], || {
        let telemetry = init_and_record();
        let asked = Instant::now();
        drop(telemetry);
        assert!(asked.elapsed() < Duration::from_secs(7), "{:?}", asked.elapsed());
    });
}

#[test]
fn a_guard_dropped_by_a_panic_panics_no_further() {
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", NOBODY)], || {
        // A second panic during the unwinding would abort the process.
        panic::catch_unwind(|| {
            let _telemetry = init_and_record();
            panic!("the service fails");
        })
        .unwrap_err();
    });
}

#[test]
fn spans_after_the_shutdown_are_harmless() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let late = {
            let telemetry = init_and_record();
            let late = tracing::info_span!("late");
            telemetry.shutdown(Duration::from_secs(5)).unwrap();
            late
        };
        drop(late);
        tracing::info_span!("later").in_scope(|| {});
    });
    assert_eq!(collector.span_names(), ["query", "request"]);
}

fn init_and_record() -> Telemetry {
    let telemetry = perf_trace::init("shop").unwrap();
    tracing::info_span!("request").in_scope(|| tracing::info_span!("query").in_scope(|| {}));
    telemetry
}
