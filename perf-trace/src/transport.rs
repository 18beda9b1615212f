//! The HTTP client of the exporter.

use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};
use opentelemetry_http::{Bytes, HttpClient, HttpError, ResponseBodyTooLarge};

/// A blocking client for the exporter's own thread.
///
/// It needs no async runtime, so it neither waits for one that the service has blocked nor panics
/// when it is built or dropped inside one. It is passed to the exporter by name, because the
/// exporter's default client changes with the Cargo features that any other crate enables.
#[derive(Debug)]
pub(crate) struct Transport {
    agent: ureq::Agent,
}

impl Transport {
    /// `timeout` covers one request, from the name lookup to the end of the response.
    pub(crate) fn new(timeout: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            // The headers may hold a token that is meant for the configured host only.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Self { agent: config.into() }
    }
}

#[async_trait]
impl HttpClient for Transport {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let response = self.agent.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = response.into_parts();
        // Error pages echo request headers, and the exporter would log them at debug level.
        if !head.status.is_success() {
            return Ok(Response::from_parts(head, Bytes::new()));
        }
        match body.with_config().limit(RESPONSE_LIMIT_BYTES).read_to_vec() {
            Ok(body) => Ok(Response::from_parts(head, body.into())),
            Err(ureq::Error::BodyExceedsLimit(_)) => Err(ResponseBodyTooLarge::new().into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The limit that the OTLP specification recommends for responses.
const RESPONSE_LIMIT_BYTES: u64 = 4 * 1024 * 1024;
