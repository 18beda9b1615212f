//! What can go wrong at the start and at the end.

use std::error::Error;
use std::time::Duration;

/// Why [`init`](crate::init) could not start the telemetry.
///
/// `Display` says this level only; the cause is in [`source`](Error::source). No variant holds the
/// value of an environment variable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// `init` has succeeded before in this process, or runs at this moment on another thread.
    #[error("perf_trace::init was called before in this process; call it once and keep its guard")]
    AlreadyInitialized,

    /// Something else has installed a global `tracing` subscriber.
    #[error(
        "another tracing subscriber is installed; remove it or call perf_trace::init in its place"
    )]
    SubscriberTaken {
        /// The refusal of `tracing`.
        source: Box<dyn Error + Send + Sync>,
    },

    /// The OTLP exporter could not be built from the `OTEL_EXPORTER_OTLP_*` variables.
    #[error("the OTLP exporter could not be built; check the OTEL_EXPORTER_OTLP_* variables")]
    Exporter {
        /// The exporter's own account.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why spans may be missing at the collector after [`Telemetry::shutdown`].
///
/// [`Telemetry::shutdown`]: crate::Telemetry::shutdown
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The collector did not take everything in time. The export goes on in the background for as
    /// long as the process lives.
    #[error("spans were still waiting for the collector after {timeout:?}")]
    Timeout {
        /// The time that was given.
        timeout: Duration,
    },

    /// The collector could not be reached or refused these spans; they are lost.
    #[error("{spans} spans could not be delivered to the collector")]
    Undelivered {
        /// How many, counted since the shutdown began.
        spans: u64,
    },

    /// The exporter's thread ended early, or no thread could be started to wait for it.
    #[error("the span exporter could not be stopped in order")]
    Exporter {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
}
