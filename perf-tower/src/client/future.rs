use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use perf_core::EventOutcome;
use pin_project_lite::pin_project;

use super::ResponseBody;
use super::answer::{Answer, Protocol};
use super::call::Call;
use crate::body_end::Asked;

pin_project! {
    /// The future of [`PerfClient`](super::PerfClient); see the [module docs](super).
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        call: Option<Call>,
        protocol: Protocol,
        asked: Asked,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, protocol: Protocol, asked: Asked) -> Self {
        Self { inner, call: Some(call), protocol, asked }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        let call = this.call.take();
        match result {
            Ok(response) => {
                let answer = Answer::of(&response, *this.protocol, *this.asked);
                Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, call, answer))))
            }
            Err(error) => {
                if let Some(call) = call {
                    call.end(EventOutcome::Error);
                }
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
