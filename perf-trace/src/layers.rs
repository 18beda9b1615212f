//! The two layers of the subscriber: what a human or a log shipper reads, and what is exported.

use std::io::{self, IsTerminal};

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::{Layer, Registry, fmt};

pub(crate) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Logs on stderr: for eyes on a terminal, one JSON object per line otherwise.
pub(crate) fn logs(directives: &str) -> BoxedLayer {
    let layer = fmt::layer()
        .with_writer(io::stderr)
        // Its report of a failed write goes to stderr too, and panics when that is a broken pipe.
        .log_internal_errors(false);
    let filter = log_filter(directives);
    if io::stderr().is_terminal() {
        layer.with_filter(filter).boxed()
    } else {
        layer.json().with_filter(filter).boxed()
    }
}

/// Spans to the collector: INFO and above, and whatever `RUST_LOG` asks for beyond that.
///
/// `RUST_LOG` alone would not do: `RUST_LOG=warn`, meant for quiet logs, would empty the traces.
pub(crate) fn spans(provider: &SdkTracerProvider, directives: &str) -> BoxedLayer {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .build();
    let filter = log_filter(directives)
        .or(LevelFilter::INFO)
        .and(filter_fn(|metadata| !is_of_the_export_stack(metadata.target())));
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer_with_scope(scope))
        .with_filter(filter)
        .boxed()
}

/// Whether `RUST_LOG` can be used as it is.
pub(crate) fn log_directives_parse(directives: &str) -> bool {
    EnvFilter::builder().parse(directives).is_ok()
}

fn log_filter(directives: &str) -> EnvFilter {
    EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).parse_lossy(directives)
}

/// Spans and events of the crates that carry an export would be exported in turn, for ever.
///
/// Compares the crate's whole name: `tower_http` makes request spans, which must pass although
/// `tower` does not.
fn is_of_the_export_stack(target: &str) -> bool {
    let name = target.split_once("::").map_or(target, |(name, _)| name);
    EXPORT_STACK.contains(&name)
}

const EXPORT_STACK: [&str; 13] = [
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "opentelemetry-http",
    "opentelemetry-otlp",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tonic",
    "tower",
    "tracing_opentelemetry",
    "ureq",
];
