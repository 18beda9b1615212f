//! The one call at the start of a service.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::global;
use tracing::subscriber;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::error::InitError;
use crate::layers;
use crate::pipeline::Pipeline;
use crate::propagation;
use crate::settings::Settings;
use crate::telemetry::Telemetry;

/// Starts logs, propagation and, where a collector is configured, the export of spans.
///
/// - **Logs** go to stderr: text on a terminal, one JSON object per line otherwise. `RUST_LOG`
///   chooses what is logged. Defaults to `info`.
/// - **Propagation**: the global propagator reads and writes W3C `traceparent`, `tracestate` and
///   `baggage`, also when nothing is exported.
/// - **Spans** of `tracing` at INFO and above, and those that `RUST_LOG` asks for, go over OTLP
///   (`http/protobuf`) to `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT`.
///   With neither, or with `OTEL_SDK_DISABLED=true` or `OTEL_TRACES_EXPORTER=none`, there is no
///   exporter and no thread.
///
/// `service_name` is what the developer calls the service; the operator may call it otherwise with
/// `OTEL_SERVICE_NAME` or `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, in this order.
///
/// May be called inside any async runtime or outside of one. A variable whose value makes no sense
/// is ignored with a warning in the log that names it.
///
/// # Errors
///
/// [`InitError::AlreadyInitialized`] on a second call, [`InitError::SubscriberTaken`] when another
/// `tracing` subscriber is installed, [`InitError::Exporter`] when the exporter cannot be built.
/// After the last two, `init` may be tried again.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// let telemetry = perf_trace::init("shop")?;
/// tracing::info_span!("open the shop").in_scope(|| tracing::info!("open"));
/// telemetry.shutdown(Duration::from_secs(5))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init(service_name: &str) -> Result<Telemetry, InitError> {
    if INITIALIZED.swap(true, Ordering::AcqRel) {
        return Err(InitError::AlreadyInitialized);
    }
    let started = start(service_name);
    if started.is_err() {
        INITIALIZED.store(false, Ordering::Release);
    }
    started
}

fn start(service_name: &str) -> Result<Telemetry, InitError> {
    let settings = Settings::from_env();
    let mut layers = vec![layers::logs(&settings.log_directives)];
    let mut pipeline = None;
    if settings.export {
        let started = Pipeline::start(service_name, settings.export_timeout)?;
        layers.push(layers::spans(started.provider(), &settings.log_directives));
        pipeline = Some(started);
    }

    // Not `try_init`, which also claims the global logger of the `log` crate when some other
    // crate has enabled the feature for it.
    subscriber::set_global_default(Registry::default().with(layers))
        .map_err(|source| InitError::SubscriberTaken { source: source.into() })?;
    propagation::install();
    if let Some(pipeline) = &pipeline {
        global::set_tracer_provider(pipeline.provider().clone());
    }

    for warning in &settings.warnings {
        tracing::warn!(
            variable = warning.variable,
            "ignored an environment variable that {}",
            warning.fault
        );
    }
    Ok(Telemetry::new(pipeline))
}

static INITIALIZED: AtomicBool = AtomicBool::new(false);
