use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use perf_core::{Outcome, Scope};
use pin_project_lite::pin_project;

use super::ResponseBody;
use super::head::Head;
use crate::body_end::Asked;

pin_project! {
    /// The future of [`Perf`](super::Perf); see the [module docs](super).
    pub struct ResponseFuture<F> {
        // Taken out, inside the scope, when it is done or dropped.
        #[pin]
        inner: Option<F>,
        scope: Option<Scope>,
        asked: Asked,
    }

    // What a cancelled handler reports on its way out belongs to the request too.
    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(scope) = this.scope {
                scope.enter(|| this.inner.set(None));
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, scope: Scope, asked: Asked) -> Self {
        Self { inner: Some(inner), scope: Some(scope), asked }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut poll = || {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
            let polled = inner.poll(cx);
            if polled.is_ready() {
                this.inner.set(None);
            }
            polled
        };
        let polled = match this.scope {
            Some(scope) => scope.enter(poll),
            None => poll(),
        };
        let result = ready!(polled);
        let scope = this.scope.take();
        match result {
            Ok(response) => {
                let head = Head::of(&response, *this.asked);
                Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, head, scope))))
            }
            Err(error) => {
                if let Some(mut scope) = scope {
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
