//! Trace context and baggage in HTTP headers.
//!
//! A trace crosses a process boundary in the W3C headers `traceparent`, `tracestate` and
//! `baggage`. A server takes its parent from them, a client writes its own span into them:
//!
//! ```
//! use perf_trace::opentelemetry::trace::TraceContextExt;
//! use perf_trace::propagation;
//! use perf_trace::tracing_opentelemetry::OpenTelemetrySpanExt;
//!
//! let telemetry = perf_trace::init("shop")?;
//!
//! let mut incoming = http::HeaderMap::new();
//! let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
//! incoming.insert("traceparent", parent.parse()?);
//! let context = propagation::extract(&incoming);
//! assert!(context.span().span_context().is_remote());
//!
//! let span = tracing::info_span!("answer");
//! // Fails only where no span is exported, and so none has a parent.
//! let _ = span.set_parent(context.clone());
//!
//! let mut outgoing = http::HeaderMap::new();
//! propagation::inject(&context, &mut outgoing);
//! assert_eq!(outgoing["traceparent"], parent);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Both functions use the global propagator, which [`init`](crate::init) sets; before it they do
//! nothing. The caller of a public server is not to be trusted: who sends a `traceparent` chooses
//! the trace id, and whether a parent-based sampler keeps the trace.

use http::HeaderMap;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::{Context, global};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

/// Reads the caller's trace context and baggage from the headers of a request.
///
/// Headers that are absent, malformed or too long are passed over; the context then holds no
/// remote span. The current context is the base of the returned one.
pub fn extract(headers: &HeaderMap) -> Context {
    global::get_text_map_propagator(|propagator| propagator.extract(&HeaderExtractor(headers)))
}

/// Writes the trace context and the baggage of `context` into the headers of a request.
///
/// Replaces headers of the same names. Writes no `traceparent` when `context` holds no valid span.
/// For the current `tracing` span, `context` is `tracing::Span::current().context()` with
/// [`OpenTelemetrySpanExt`](crate::tracing_opentelemetry::OpenTelemetrySpanExt) in scope.
pub fn inject(context: &Context, headers: &mut HeaderMap) {
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(context, &mut HeaderInjector(headers));
    });
}

pub(crate) fn install() {
    global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ]));
}
