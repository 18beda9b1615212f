use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use perf_core::{Outcome, Scope};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a recorded response: the scope closes at its end; see the [module docs](super).
    pub struct ResponseBody<B> {
        // Taken out only when it is dropped.
        #[pin]
        inner: Option<B>,
        open: Option<Open>,
    }

    // What a cancelled stream reports on its way out belongs to the request too.
    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(open) = this.open {
                open.scope.enter(|| this.inner.set(None));
            }
        }
    }
}

/// What is left to be done for a response whose head is out.
struct Open {
    scope: Scope,
    outcome: Outcome,
    /// Bytes still to come, where the length was promised: a server stops reading after the last
    /// of them and never sees the end of the stream.
    remaining: Option<u64>,
}

/// What the head of a response says about its body.
pub(super) struct Head {
    outcome: Outcome,
    is_all: bool,
    promised_length: Option<u64>,
}

impl Head {
    pub(super) fn of<B>(response: &Response<B>, wants_body: bool) -> Self {
        let status = response.status();
        let length = response.headers().get(CONTENT_LENGTH);
        Self {
            outcome: outcome(status),
            is_all: !wants_body || is_bodiless(status),
            promised_length: length.and_then(|length| length.to_str().ok()?.parse().ok()),
        }
    }
}

impl<B: Body> ResponseBody<B> {
    pub(super) fn new(inner: B, head: Head, scope: Option<Scope>) -> Self {
        let Some(scope) = scope else { return Self { inner: Some(inner), open: None } };
        scope.mark_head();
        let outcome = head.outcome;
        if head.is_all || inner.is_end_stream() {
            scope.close(outcome);
            return Self { inner: Some(inner), open: None };
        }
        let remaining = inner.size_hint().exact().or(head.promised_length);
        Self { inner: Some(inner), open: Some(Open { scope, outcome, remaining }) }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let Some(mut inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        let Some(open) = this.open else { return inner.poll_frame(cx) };
        let polled = open.scope.enter(|| inner.as_mut().poll_frame(cx));
        let frame = ready!(polled);
        let ended = match &frame {
            None => Some(open.outcome),
            Some(Err(_)) => Some(Outcome::InnerError),
            Some(Ok(frame)) => {
                let came = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                open.remaining = open.remaining.map(|remaining| remaining.saturating_sub(came));
                let is_last = open.remaining == Some(0) || inner.is_end_stream();
                is_last.then_some(open.outcome)
            }
        };
        if let Some(outcome) = ended
            && let Some(open) = this.open.take()
        {
            open.scope.close(outcome);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, B::size_hint)
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
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
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
