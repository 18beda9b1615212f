//! What happens, as measurements with OpenTelemetry's names and attributes.
//!
//! Both bridges are the same but for where they hand a measurement on.

#[cfg(feature = "metrics")]
mod facade;
mod instrument;
#[cfg(feature = "opentelemetry")]
mod otel;

use std::borrow::Cow;

use perf_core::recorder::ClosedScope;
use perf_core::time::Duration;
use perf_core::{
    CacheEvent, CallEvent, EventOutcome, HoldEvent, Label, Outcome, PoolEvent, QueryEvent,
};

#[cfg(feature = "metrics")]
pub use facade::Facade;
#[cfg(feature = "opentelemetry")]
pub use otel::OtelMeter;

use super::page::{OTHER, UNMATCHED};
use super::summary::summary;
use super::target::Target;
use instrument::Instrument;

/// Where measurements go.
trait Sink {
    fn hand_on(&self, instrument: Instrument, value: f64, attributes: &Attributes);
}

type Attributes = Vec<(&'static str, Value)>;

#[derive(Clone)]
enum Value {
    Text(Cow<'static, str>),
    Number(u16),
}

/// Lets a sink look at a recorder.
macro_rules! observe {
    ($sink:ty) => {
        impl perf_core::recorder::Observe for $sink {
            fn opened(&self, label: perf_core::Label<'_>) {
                super::opened(self, label);
            }

            fn relabelled(&self, from: perf_core::Label<'_>, to: perf_core::Label<'_>) {
                super::relabelled(self, from, to);
            }

            fn closed(&self, scope: &perf_core::recorder::ClosedScope<'_>) {
                super::closed(self, scope);
            }

            fn query(&self, event: &perf_core::QueryEvent) {
                super::query(self, event);
            }

            fn hold(&self, event: &perf_core::HoldEvent<'_>) {
                super::hold(self, event);
            }

            fn pool(&self, event: &perf_core::PoolEvent<'_>) {
                super::pool(self, event);
            }

            fn cache(&self, event: &perf_core::CacheEvent<'_>) {
                super::cache(self, event);
            }

            fn call(&self, event: &perf_core::CallEvent<'_>) {
                super::call(self, event);
            }
        }
    };
}
use observe;

fn opened(sink: &impl Sink, label: Label<'_>) {
    sink.hand_on(active(label), 1.0, &scope(label));
}

fn relabelled(sink: &impl Sink, from: Label<'_>, to: Label<'_>) {
    sink.hand_on(active(from), -1.0, &scope(from));
    opened(sink, to);
}

fn active(label: Label<'_>) -> Instrument {
    if is_of_request(label) { Instrument::Active } else { Instrument::JobActive }
}

fn closed(sink: &impl Sink, closed: &ClosedScope<'_>) {
    let mut attributes = scope(closed.label);
    let is_request = is_of_request(closed.label);
    sink.hand_on(active(closed.label), -1.0, &attributes);
    let time = if is_request { Instrument::Time } else { Instrument::JobTime };
    for (part, duration) in closed.split.parts() {
        if !duration.is_zero() {
            let mut attributes = attributes.clone();
            attributes.push(("part", text(part)));
            sink.hand_on(time, duration.as_secs_f64(), &attributes);
        }
    }
    if let (true, Some(head)) = (is_request, closed.head) {
        sink.hand_on(Instrument::TimeToHead, head.as_secs_f64(), &attributes);
    }
    if let Some(status @ 100..) = closed.status {
        attributes.push(("http.response.status_code", Value::Number(status)));
    }
    if let Some(error) = error_type(closed) {
        attributes.push(("error.type", Value::Text(error)));
    }
    let duration = match (is_request, closed.is_stream) {
        (false, _) => Instrument::JobDuration,
        (true, false) => Instrument::RequestDuration,
        (true, true) => Instrument::StreamDuration,
    };
    sink.hand_on(duration, closed.elapsed.as_secs_f64(), &attributes);
    for (instrument, bytes) in [
        (Instrument::RequestBody, closed.request_bytes),
        (Instrument::ResponseBody, closed.response_bytes),
    ] {
        if is_request && bytes > 0 {
            sink.hand_on(instrument, bytes as f64, &attributes);
        }
    }
}

fn query(sink: &impl Sink, event: &QueryEvent) {
    let attributes = vec![
        ("db.query.summary", owned(summary(event.fingerprint.text()))),
        ("fingerprint", owned(format!("{:016x}", event.fingerprint.id()))),
        ("call_site", owned(event.call_site.to_string())),
    ];
    ended(sink, Instrument::QueryDuration, event.duration, event.outcome, attributes);
}

fn pool(sink: &impl Sink, event: &PoolEvent<'_>) {
    let name = || ("db.client.connection.pool.name", owned(event.pool.as_str()));
    ended(sink, Instrument::PoolWait, event.wait, event.outcome, vec![name()]);
    if event.max_size > 0 {
        let used = vec![name(), ("db.client.connection.state", text("used"))];
        sink.hand_on(Instrument::PoolUsed, event.in_use as f64, &used);
        sink.hand_on(Instrument::PoolMax, event.max_size as f64, &vec![name()]);
    }
}

fn hold(sink: &impl Sink, event: &HoldEvent<'_>) {
    let name = ("db.client.connection.pool.name", owned(event.pool.as_str()));
    sink.hand_on(Instrument::PoolUse, event.held.as_secs_f64(), &vec![name]);
}

fn cache(sink: &impl Sink, event: &CacheEvent<'_>) {
    let name = ("cache.name", owned(event.cache.as_str()));
    let (tier, result) = (event.tier.as_str(), event.outcome.as_str());
    let attributes = vec![name, ("cache.tier", text(tier)), ("result", text(result))];
    sink.hand_on(Instrument::CacheRequests, 1.0, &attributes);
}

fn call(sink: &impl Sink, event: &CallEvent<'_>) {
    let Target { method, address, template } = Target::of(event.target.as_str());
    let mut attributes =
        vec![("http.request.method", owned(method)), ("server.address", owned(address))];
    if !template.is_empty() {
        attributes.push(("url.template", owned(template)));
    }
    ended(sink, Instrument::CallDuration, event.duration, event.outcome, attributes);
}

fn ended(
    sink: &impl Sink,
    instrument: Instrument,
    duration: Duration,
    outcome: EventOutcome,
    mut attributes: Attributes,
) {
    match outcome {
        EventOutcome::Error => attributes.push(("error.type", text("_OTHER"))),
        EventOutcome::Cancelled => attributes.push(("error.type", text("cancelled"))),
        _ => {}
    }
    sink.hand_on(instrument, duration.as_secs_f64(), &attributes);
}

fn scope(label: Label<'_>) -> Attributes {
    if !is_of_request(label) {
        return vec![("job.name", owned(label.name()))];
    }
    let method = ("http.request.method", text(label.method().unwrap_or("_OTHER")));
    match label.name() {
        UNMATCHED => vec![method],
        name => vec![method, ("http.route", owned(name))],
    }
}

/// As on the page: scopes that did not fit count as requests.
fn is_of_request(label: Label<'_>) -> bool {
    label.method().is_some() || label.name() == OTHER
}

/// The status where it says so, as OpenTelemetry wants it for servers; else how the scope ended.
fn error_type(closed: &ClosedScope<'_>) -> Option<Cow<'static, str>> {
    match (closed.outcome, closed.status) {
        (Outcome::Ok | Outcome::ClientError, _) => None,
        (Outcome::ServerError, Some(status @ 100..)) => Some(status.to_string().into()),
        (outcome, _) => Some(outcome.as_str().into()),
    }
}

fn text(text: &'static str) -> Value {
    Value::Text(text.into())
}

fn owned(text: impl Into<String>) -> Value {
    Value::Text(Cow::Owned(text.into()))
}
