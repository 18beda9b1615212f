//! The guard.

use std::fmt;
use std::time::Duration;

use crate::error::ShutdownError;
use crate::pipeline::Pipeline;

/// Keeps the telemetry running; made by [`init`](crate::init).
///
/// Hold it until the service ends, then call [`shutdown`](Self::shutdown) to send what is still
/// queued and to learn whether it arrived. A guard that is only dropped does the same, within five
/// seconds, and logs a failure as a warning. Logs go on after both.
#[must_use = "dropping the guard ends the export of spans"]
pub struct Telemetry {
    pipeline: Option<Pipeline>,
}

impl Telemetry {
    pub(crate) fn new(pipeline: Option<Pipeline>) -> Self {
        Self { pipeline }
    }

    /// Whether spans leave this process.
    pub fn is_exporting(&self) -> bool {
        self.pipeline.is_some()
    }

    /// Sends the spans that are still queued and ends the export, within `timeout` in all.
    ///
    /// Blocks the calling thread, and needs no progress of an async runtime meanwhile: it is safe
    /// on a current-thread runtime, on the only worker of a multi-thread one, and with none. Where
    /// other tasks must go on, call it through `tokio::task::spawn_blocking`. Returns at once when
    /// nothing is exported.
    ///
    /// # Errors
    ///
    /// [`ShutdownError::Timeout`] when the collector has not taken everything in time, and
    /// [`ShutdownError::Undelivered`] when it could not be reached or refused some of it.
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), ShutdownError> {
        self.pipeline.take().map_or(Ok(()), |pipeline| pipeline.stop(timeout))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let Some(pipeline) = self.pipeline.take() else {
            return;
        };
        if let Err(error) = pipeline.stop(DROP_TIMEOUT) {
            tracing::warn!(%error, "spans may be missing at the collector");
        }
    }
}

impl fmt::Debug for Telemetry {
    // By hand: the exporter's own form would show the headers, and with them a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("is_exporting", &self.is_exporting()).finish()
    }
}

const DROP_TIMEOUT: Duration = Duration::from_secs(5);
