use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use perf_core::EventOutcome;

use crate::body_end::{Asked, BodyEnd};
use crate::request::is_grpc;

/// By which rule an answer succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Grpc,
}

impl Protocol {
    /// gRPC where the content type says so; gRPC-Web has no trailers and counts as HTTP.
    pub(super) fn of(request: &HeaderMap) -> Self {
        match request.get(CONTENT_TYPE).is_some_and(|kind| is_grpc(kind.as_bytes())) {
            true => Self::Grpc,
            false => Self::Http,
        }
    }
}

/// What has come of an answer, as far as it tells how the call ended.
pub(super) struct Answer {
    pub(super) outcome: EventOutcome,
    pub(super) end: BodyEnd,
    awaits_trailers: bool,
}

impl Answer {
    pub(super) fn of<B: Body>(response: &Response<B>, protocol: Protocol, asked: Asked) -> Self {
        let status = response.status();
        if protocol == Protocol::Http || !status.is_success() {
            let outcome = by_status(status);
            return Self { outcome, end: BodyEnd::of(response, asked), awaits_trailers: false };
        }
        // An answer without messages may have its trailers in the head.
        let in_head = by_grpc_status(response.headers());
        let outcome = in_head.unwrap_or(EventOutcome::Error);
        let awaits_trailers = in_head.is_none();
        Self { outcome, end: BodyEnd::with_trailers(), awaits_trailers }
    }

    /// Whether the head says so; callers seldom read the body of such an answer.
    pub(super) fn has_failed(&self) -> bool {
        self.outcome == EventOutcome::Error && !self.awaits_trailers
    }

    pub(super) fn trailers(&mut self, trailers: &HeaderMap) {
        if self.awaits_trailers {
            self.outcome = by_grpc_status(trailers).unwrap_or(EventOutcome::Error);
        }
    }
}

fn by_status(status: StatusCode) -> EventOutcome {
    match status.is_client_error() || status.is_server_error() {
        true => EventOutcome::Error,
        false => EventOutcome::Ok,
    }
}

fn by_grpc_status(headers: &HeaderMap) -> Option<EventOutcome> {
    let status = headers.get("grpc-status")?;
    Some(if status == "0" { EventOutcome::Ok } else { EventOutcome::Error })
}
