use http::{Response, StatusCode};
use http_body::Body;
use perf_core::Outcome;

use crate::body_end::{Asked, BodyEnd};

/// What the head of a response says about how the request will end.
pub(super) struct Head {
    pub(super) outcome: Outcome,
    pub(super) end: BodyEnd,
}

impl Head {
    pub(super) fn of<B: Body>(response: &Response<B>, asked: Asked) -> Self {
        Self { outcome: outcome(response.status()), end: BodyEnd::of(response, asked) }
    }
}

fn outcome(status: StatusCode) -> Outcome {
    match status {
        status if status.is_server_error() => Outcome::ServerError,
        status if status.is_client_error() => Outcome::ClientError,
        _ => Outcome::Ok,
    }
}
