//! When the body of a response is over, by one rule for both ends of a connection.

use bytes::Buf;
use http::header::CONTENT_LENGTH;
use http::{Method, Response, StatusCode};
use http_body::{Body, Frame};

/// The methods whose responses are treated in a way of their own (RFC 9110 section 6.4.1).
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    /// `HEAD`: the body is never sent.
    Head,
    /// `CONNECT`: after a 2xx the connection is a tunnel, and no body.
    Tunnel,
    Content,
}

impl Asked {
    pub(crate) fn by(method: &Method) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Tunnel,
            _ => Self::Content,
        }
    }
}

/// How a body that is over came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Whole,
    /// Before the last byte that was promised.
    Short,
}

/// The end of a body, as it comes nearer.
#[derive(Clone, Copy)]
pub(crate) struct BodyEnd {
    /// Bytes still to come, where their number was promised: whoever reads stops after the last of
    /// them and may never see the end of the stream.
    remaining: Option<u64>,
    has_trailers: bool,
}

impl BodyEnd {
    pub(crate) fn of<B: Body>(response: &Response<B>, asked: Asked) -> Self {
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let remaining = match is_bodiless(asked, response.status()) {
            true => Some(0),
            false => length.or_else(|| response.body().size_hint().exact()),
        };
        Self { remaining, has_trailers: false }
    }

    /// For a body whose trailers matter, so that its last byte is not its end.
    pub(crate) fn with_trailers() -> Self {
        Self { remaining: None, has_trailers: false }
    }

    /// Takes in a frame that came.
    pub(crate) fn came<D: Buf>(&mut self, frame: &Frame<D>) {
        let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
        self.remaining = self.remaining.map(|remaining| remaining.saturating_sub(bytes));
        self.has_trailers |= frame.is_trailers();
    }

    /// How the body ended, once it has; `is_end` says that nothing more comes.
    pub(crate) fn ended(&self, is_end: bool) -> Option<Ended> {
        let is_end = is_end || self.has_trailers;
        match self.remaining {
            Some(0) => Some(Ended::Whole),
            Some(_) => is_end.then_some(Ended::Short),
            None => is_end.then_some(Ended::Whole),
        }
    }
}

/// Responses whose body nobody sends or reads (RFC 9110 sections 6.4.1 and 15).
fn is_bodiless(asked: Asked, status: StatusCode) -> bool {
    let by_method = match asked {
        Asked::Head => true,
        Asked::Tunnel => status.is_success(),
        Asked::Content => false,
    };
    let by_status = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    by_method || by_status || status.is_informational()
}
