use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower::Service;

use super::answer::Protocol;
use super::call::Calls;
use super::{ResponseBody, ResponseFuture};
use crate::body_end::Asked;

/// The client made by [`PerfClientLayer`](super::PerfClientLayer); see the [module docs](super).
///
/// # Cost
/// Per request one allocation, two readings of the clock and what a
/// [`CallEvent`](perf_core::CallEvent) costs; one more for a target that is new, or
/// whose host has capital letters.
#[derive(Clone, Debug)]
pub struct PerfClient<S> {
    inner: S,
    calls: Calls,
}

impl<S> PerfClient<S> {
    pub(super) fn new(inner: S, calls: Calls) -> Self {
        Self { inner, calls }
    }
}

impl<S, Q, R> Service<Request<Q>> for PerfClient<S>
where
    S: Service<Request<Q>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let (method, headers) = (request.method(), request.headers());
        let (asked, protocol) = (Asked::by(method), Protocol::of(headers));
        let call = self.calls.begin(method, request.uri(), headers, request.extensions());
        ResponseFuture::new(self.inner.call(request), call, protocol, asked)
    }
}
