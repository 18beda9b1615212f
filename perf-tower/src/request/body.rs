use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use perf_core::time::Instant;
use perf_core::{Outcome, Scope};
use pin_project_lite::pin_project;

use super::head::{Head, Verdict};
use super::messages::Messages;
use crate::body_end::{BodyEnd, Ended};

pin_project! {
    /// The body of a recorded response: the scope closes at its end; see the [module docs](super).
    pub struct ResponseBody<B> {
        // Taken out only when it is dropped.
        #[pin]
        inner: Option<B>,
        request: Option<Request>,
    }

    // What a cancelled stream reports on its way out belongs to the request too.
    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(request) = this.request {
                request.scope.enter(|| this.inner.set(None));
            }
        }
    }
}

/// The request whose head is out. Its scope closes with the last byte and is entered until the body
/// is gone, so that what comes later is late work of this request and of nothing else.
struct Request {
    scope: Scope,
    verdict: Verdict,
    end: BodyEnd,
    /// Those of a gRPC answer.
    messages: Option<Messages>,
    is_closed: bool,
}

impl Request {
    fn came<D: Buf>(&mut self, frame: &Frame<D>) {
        self.end.came(frame);
        if let Some(data) = frame.data_ref() {
            self.scope.add_response_bytes(data.remaining() as u64);
            if self.messages.as_mut().is_some_and(|messages| messages.came(data) > 1) {
                self.scope.mark_stream();
            }
        }
        if let Some(trailers) = frame.trailers_ref() {
            self.verdict.read_trailers(trailers);
        }
    }

    /// Closes the scope when the body has come to its end or all its bytes have.
    fn close_at_end(&mut self, is_end: bool, now: Instant) {
        match self.end.ended(is_end) {
            Some(Ended::Whole) => {
                let (outcome, status) = self.verdict.at_end();
                if let Some(status) = status {
                    self.scope.status(status);
                }
                self.close(outcome, now);
            }
            Some(Ended::Short) => self.close(Outcome::InnerError, now),
            None => {}
        }
    }

    fn close(&mut self, outcome: Outcome, now: Instant) {
        self.is_closed = true;
        self.scope.close_at(outcome, now);
    }
}

impl<B: Body> ResponseBody<B> {
    /// The body of a response whose head was there at `now`.
    pub(super) fn new(inner: B, head: &Head, scope: Scope, now: Instant) -> Self {
        let &Head { verdict, end, is_grpc, .. } = head;
        let messages = is_grpc.then(Messages::default);
        let mut request = Request { scope, verdict, end, messages, is_closed: false };
        request.close_at_end(inner.is_end_stream(), now);
        Self { inner: Some(inner), request: Some(request) }
    }

    pub(super) fn unrecorded(inner: B) -> Self {
        Self { inner: Some(inner), request: None }
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
        let Some(request) = this.request else { return inner.poll_frame(cx) };
        if request.is_closed {
            return request.scope.enter(|| inner.poll_frame(cx));
        }
        // Not handed through the scope: a frame is large, and each hand would copy it.
        let mut polled = Poll::Pending;
        let (_, now) = request.scope.poll(cx, |cx| {
            polled = inner.as_mut().poll_frame(cx);
            if polled.is_ready() { Poll::Ready(()) } else { Poll::Pending }
        });
        match &polled {
            Poll::Pending => {}
            Poll::Ready(None) => request.close_at_end(true, now),
            Poll::Ready(Some(Err(_))) => request.close(Outcome::InnerError, now),
            Poll::Ready(Some(Ok(frame))) => {
                request.came(frame);
                request.close_at_end(inner.is_end_stream(), now);
            }
        }
        polled
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
