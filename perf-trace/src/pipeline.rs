//! The way of a span out of the process: batch thread, OTLP exporter, blocking HTTP client.

use std::env;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use opentelemetry::Key;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, ResourceDetector};
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::delivery::{CountedExporter, Undelivered};
use crate::error::{InitError, ShutdownError};
use crate::transport::Transport;

pub(crate) struct Pipeline {
    provider: SdkTracerProvider,
    undelivered: Undelivered,
}

impl Pipeline {
    /// Endpoint, headers, compression, sampler, limits and batch sizes are left to the SDK, which
    /// reads their variables itself; setting one here would override the operator.
    pub(crate) fn start(service_name: &str, timeout: Duration) -> Result<Self, InitError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Transport::new(timeout))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(timeout)
            .build()
            .map_err(|source| InitError::Exporter { source: source.into() })?;
        let undelivered = Undelivered::default();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(service_name))
            .with_batch_exporter(CountedExporter::new(exporter, undelivered.clone()))
            .build();
        Ok(Self { provider, undelivered })
    }

    pub(crate) fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// Sends what is queued and ends the batch thread, waiting `timeout` at most.
    ///
    /// The SDK counts its timeout anew for every part and then joins threads without one. Waiting
    /// for it on a channel is what bounds the whole. The SDK gets a little longer: it gives its own
    /// timeout away as a failure like any other.
    pub(crate) fn stop(self, timeout: Duration) -> Result<(), ShutdownError> {
        let Self { provider, undelivered } = self;
        let lost_before = undelivered.spans();
        let (done, finished) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("perf-trace-stop".to_owned())
            .spawn(move || done.send(provider.shutdown_with_timeout(timeout.saturating_add(GRACE))))
            .map_err(|source| ShutdownError::Exporter { source: source.into() })?;
        match finished.recv_timeout(timeout) {
            Ok(Ok(())) => match undelivered.spans() - lost_before {
                0 => Ok(()),
                spans => Err(ShutdownError::Undelivered { spans }),
            },
            Err(RecvTimeoutError::Timeout) => Err(ShutdownError::Timeout { timeout }),
            Ok(Err(source)) => Err(ShutdownError::Exporter { source: source.into() }),
            Err(source @ RecvTimeoutError::Disconnected) => {
                Err(ShutdownError::Exporter { source: source.into() })
            }
        }
    }
}

const GRACE: Duration = Duration::from_secs(1);

/// `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else the argument.
///
/// The order is that of the OpenTelemetry resource specification. It is spelled out here because
/// the SDK's detectors let `OTEL_RESOURCE_ATTRIBUTES` win over `OTEL_SERVICE_NAME`.
fn resource(service_name: &str) -> Resource {
    let of_the_variable = env::var("OTEL_SERVICE_NAME").ok();
    let of_the_attributes = EnvResourceDetector::new()
        .detect()
        .get(&Key::from_static_str("service.name"))
        .map(|name| name.to_string());
    let name = [of_the_variable, of_the_attributes]
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| service_name.to_owned());
    Resource::builder().with_service_name(name).build()
}
