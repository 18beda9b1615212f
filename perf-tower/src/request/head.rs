use http::header::CONTENT_LENGTH;
use http::{Method, Response, StatusCode};
use http_body::Body;
use perf_core::Outcome;

/// The methods whose responses a server treats in a way of their own (RFC 9110 section 6.4.1).
#[derive(Clone, Copy)]
pub(super) enum Asked {
    /// `HEAD`: the body is never sent.
    Head,
    /// `CONNECT`: after a 2xx the connection is a tunnel, and no body.
    Tunnel,
    Content,
}

impl Asked {
    pub(super) fn by(method: &Method) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Tunnel,
            _ => Self::Content,
        }
    }
}

/// What the head of a response says about how the request will end.
pub(super) struct Head {
    pub(super) outcome: Outcome,
    /// Bytes of the body, where they were promised: a server stops reading after the last of them
    /// and never sees the end of the stream.
    pub(super) promised: Option<u64>,
}

impl Head {
    pub(super) fn of<B: Body>(response: &Response<B>, asked: Asked) -> Self {
        let status = response.status();
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let promised = match is_bodiless(asked, status) {
            true => Some(0),
            false => length.or_else(|| response.body().size_hint().exact()),
        };
        Self { outcome: outcome(status), promised }
    }
}

fn outcome(status: StatusCode) -> Outcome {
    match status {
        status if status.is_server_error() => Outcome::ServerError,
        status if status.is_client_error() => Outcome::ClientError,
        _ => Outcome::Ok,
    }
}

/// Responses whose body a server never reads (RFC 9110 sections 6.4.1 and 15).
fn is_bodiless(asked: Asked, status: StatusCode) -> bool {
    let by_method = match asked {
        Asked::Head => true,
        Asked::Tunnel => status.is_success(),
        Asked::Content => false,
    };
    let by_status = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    by_method || by_status || status.is_informational()
}
