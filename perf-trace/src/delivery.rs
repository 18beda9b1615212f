//! Counts the spans that never reached the collector, which the SDK's own shutdown keeps silent
//! about: it answers `Ok` when the last export has failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// A running count of lost spans, shared by the exporter and the guard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undelivered(Arc<AtomicU64>);

impl Undelivered {
    pub(crate) fn spans(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An exporter that adds every failed batch to [`Undelivered`].
#[derive(Debug)]
pub(crate) struct CountedExporter<E> {
    inner: E,
    undelivered: Undelivered,
}

impl<E> CountedExporter<E> {
    pub(crate) fn new(inner: E, undelivered: Undelivered) -> Self {
        Self { inner, undelivered }
    }
}

impl<E: SpanExporter> SpanExporter for CountedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let result = self.inner.export(batch).await;
        if result.is_err() {
            self.undelivered.0.fetch_add(spans, Ordering::Relaxed);
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.inner.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
