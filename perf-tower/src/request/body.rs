use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use perf_core::{Outcome, Scope};
use pin_project_lite::pin_project;

use super::head::Head;
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
    outcome: Outcome,
    end: BodyEnd,
}

impl Request {
    /// Closes the scope, the first time, when the body has come to its end or all its bytes have.
    fn close_at_end(&mut self, is_end: bool) {
        match self.end.ended(is_end) {
            Some(Ended::Whole) => self.scope.close(self.outcome),
            Some(Ended::Short) => self.scope.close(Outcome::InnerError),
            None => {}
        }
    }
}

impl<B: Body> ResponseBody<B> {
    pub(super) fn new(inner: B, head: Head, scope: Option<Scope>) -> Self {
        let request = scope.map(|mut scope| {
            scope.mark_head();
            let Head { outcome, end } = head;
            let mut request = Request { scope, outcome, end };
            request.close_at_end(inner.is_end_stream());
            request
        });
        Self { inner: Some(inner), request }
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
        let frame = ready!(request.scope.enter(|| inner.as_mut().poll_frame(cx)));
        match &frame {
            None => request.close_at_end(true),
            Some(Err(_)) => request.scope.close(Outcome::InnerError),
            Some(Ok(frame)) => {
                request.end.came(frame);
                request.close_at_end(inner.is_end_stream());
            }
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
