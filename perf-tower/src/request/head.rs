use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Body;
use perf_core::Outcome;

use super::grpc;
use crate::body_end::{Asked, BodyEnd};

/// What the head of a response says about how the request will end.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) verdict: Verdict,
    pub(super) end: BodyEnd,
    /// It has no end of its own.
    pub(super) is_stream: bool,
    pub(super) is_grpc: bool,
}

/// What a request counts as when its body comes to its end.
#[derive(Clone, Copy)]
pub(super) enum Verdict {
    Is(Outcome),
    /// gRPC says it in the trailers; the code that they had, once they came.
    InTrailers(Option<u16>),
}

impl Head {
    pub(super) fn of<B: Body>(response: &Response<B>, asked: Asked) -> Self {
        let (status, headers) = (response.status(), response.headers());
        let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let is_grpc = grpc::is_grpc(kind);
        let is_stream = status == StatusCode::SWITCHING_PROTOCOLS || is_event_stream(kind);
        let head = |status, verdict, end| Self { status, verdict, end, is_stream, is_grpc };
        match if is_grpc { grpc::code(headers) } else { None } {
            Some(code) => {
                let verdict = Verdict::Is(grpc::outcome(code));
                head(shown(code, status), verdict, BodyEnd::of(response, asked))
            }
            None if is_grpc && status == StatusCode::OK => {
                head(status.as_u16(), Verdict::InTrailers(None), BodyEnd::with_trailers())
            }
            None => {
                let verdict = Verdict::Is(outcome(status));
                head(status.as_u16(), verdict, BodyEnd::of(response, asked))
            }
        }
    }

    /// Whether it says that there is a method behind a call's path: it is no error that an
    /// interceptor or a router could have made.
    pub(super) fn proves_method(&self) -> bool {
        let is_ok = matches!(self.verdict, Verdict::Is(Outcome::Ok) | Verdict::InTrailers(_));
        self.is_grpc && is_ok
    }
}

impl Verdict {
    pub(super) fn read_trailers(&mut self, trailers: &HeaderMap) {
        if let Self::InTrailers(code) = self {
            *code = grpc::code(trailers);
        }
    }

    /// The outcome, and the status where the head did not have it.
    pub(super) fn at_end(self) -> (Outcome, Option<u16>) {
        match self {
            Self::Is(outcome) => (outcome, None),
            Self::InTrailers(code) => {
                let code = code.unwrap_or(grpc::UNKNOWN);
                (grpc::outcome(code), (code > 0).then_some(code))
            }
        }
    }
}

/// A call that went well has the status of HTTP; any other has its code, 1 to 16.
fn shown(code: u16, status: StatusCode) -> u16 {
    if code > 0 { code } else { status.as_u16() }
}

fn is_event_stream(content_type: &[u8]) -> bool {
    const KIND: &[u8] = b"text/event-stream";
    content_type.get(..KIND.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(KIND))
}

fn outcome(status: StatusCode) -> Outcome {
    match status {
        status if status.is_server_error() => Outcome::ServerError,
        status if status.is_client_error() => Outcome::ClientError,
        _ => Outcome::Ok,
    }
}
