//! Risk: a trace breaks at a process boundary, or a hostile header breaks the service.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use perf_trace::opentelemetry::baggage::BaggageExt;
use perf_trace::opentelemetry::trace::TraceContextExt;
use perf_trace::propagation::{extract, inject};
use perf_trace::tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::child::in_child;
use crate::collector::{Answer, Collector};

#[test]
fn trace_context_and_baggage_survive_a_round_trip() {
    in_child!(&[], || {
        let _telemetry = perf_trace::init("shop").unwrap();
        let incoming = headers(&[
            ("traceparent", PARENT),
            ("tracestate", "vendor=value"),
            ("baggage", "user=7"),
        ]);
        let context = extract(&incoming);
        assert_eq!(context.baggage().get("user").unwrap().as_str(), "7");

        let mut outgoing = HeaderMap::new();
        inject(&context, &mut outgoing);
        assert_eq!(outgoing, incoming);
    });
}

#[test]
fn propagation_works_where_nothing_is_exported() {
    in_child!(&[("OTEL_SDK_DISABLED", "true")], || {
        let _telemetry = perf_trace::init("shop").unwrap();
        let context = extract(&headers(&[("traceparent", PARENT)]));
        assert!(context.span().span_context().is_remote());
    });
}

#[test]
fn the_callers_span_is_the_parent_of_ours_and_ours_of_the_next() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], || {
        let telemetry = perf_trace::init("shop").unwrap();
        let span = tracing::info_span!("ours");
        span.set_parent(extract(&headers(&[("traceparent", PARENT)]))).unwrap();

        let mut outgoing = HeaderMap::new();
        inject(&span.context(), &mut outgoing);
        let next = outgoing["traceparent"].to_str().unwrap();
        assert!(next.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{next}");
        assert_ne!(next, PARENT);

        drop(span);
        telemetry.shutdown(Duration::from_secs(5)).unwrap();
    });
    let spans = collector.spans();
    assert_eq!(spans[0].trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(spans[0].parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
}

#[test]
fn malformed_and_oversized_headers_are_passed_over() {
    in_child!(&[], || {
        let _telemetry = perf_trace::init("shop").unwrap();
        let long = "x".repeat(1 << 20);
        for parent in ["", "00", "00-zz-zz-zz", "00-0-0-01", "\u{e9}\u{fc}", &PARENT[..50], &long] {
            let context = extract(&headers(&[("traceparent", parent), ("baggage", &long)]));
            assert!(!context.span().span_context().is_valid(), "{parent}");
            assert_eq!(context.baggage().len(), 0);

            let mut outgoing = HeaderMap::new();
            inject(&context, &mut outgoing);
            assert!(!outgoing.contains_key("traceparent"));
        }
    });
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
    pairs.iter().map(|(name, text)| (name.parse().unwrap(), value(text))).collect()
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
