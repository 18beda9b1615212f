use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use perf_core::{Outcome, Scope};
use pin_project_lite::pin_project;

use super::ResponseBody;
use super::body::Head;

pin_project! {
    /// The future of [`Perf`](super::Perf); see the [module docs](super).
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        scope: Option<Scope>,
        wants_body: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, scope: Scope, wants_body: bool) -> Self {
        Self { inner, scope: Some(scope), wants_body }
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
        let polled = match this.scope {
            Some(scope) => scope.enter(|| this.inner.poll(cx)),
            None => this.inner.poll(cx),
        };
        let result = ready!(polled);
        let scope = this.scope.take();
        match result {
            Ok(response) => {
                let head = Head::of(&response, *this.wants_body);
                Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, head, scope))))
            }
            Err(error) => {
                if let Some(scope) = scope {
                    scope.close(Outcome::InnerError);
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
