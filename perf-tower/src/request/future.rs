use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response};
use http_body::Body;
use perf_core::time::Instant;
use perf_core::{Label, Outcome, Scope};
use pin_project_lite::pin_project;

use super::head::Head;
use super::opening::Opening;
use super::{ResponseBody, server_timing};

pin_project! {
    /// The future of [`Perf`](super::Perf); see the [module docs](super).
    pub struct ResponseFuture<F> {
        // Taken out, inside the scope, when it is done or dropped.
        #[pin]
        inner: Option<F>,
        opening: Opening,
    }

    // What a cancelled handler reports on its way out belongs to the request too.
    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(scope) = &mut this.opening.scope {
                scope.enter(|| this.inner.set(None));
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(super) fn new(inner: F, opening: Opening) -> Self {
        Self { inner: Some(inner), opening }
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
        // Not handed through the scope: a response is large, and each hand would copy it.
        let mut result = None;
        let mut poll = |cx: &mut Context<'_>| {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
            let Poll::Ready(ready) = inner.poll(cx) else { return Poll::Pending };
            result = Some(ready);
            this.inner.set(None);
            Poll::Ready(())
        };
        let now = match &mut this.opening.scope {
            Some(scope) => scope.poll(cx, poll).1,
            None => {
                _ = poll(cx);
                let unrecorded = |response: Response<B>| response.map(ResponseBody::unrecorded);
                return result.map_or(Poll::Pending, |result| Poll::Ready(result.map(unrecorded)));
            }
        };
        let Some(result) = result else { return Poll::Pending };
        let Some(mut scope) = this.opening.scope.take() else { return Poll::Pending };
        Poll::Ready(match result {
            Ok(response) => Ok(headed(response, scope, this.opening, now)),
            Err(error) => {
                scope.close_at(Outcome::InnerError, now);
                Err(error)
            }
        })
    }
}

/// The response whose head was there at `now`, with a body that closes the scope.
#[inline]
fn headed<B: Body>(
    mut response: Response<B>,
    mut scope: Scope,
    opening: &Opening,
    now: Instant,
) -> Response<ResponseBody<B>> {
    let head = Head::of(&response, opening.asked);
    if let Some(path) = &opening.unproven
        && head.proves_method()
    {
        scope.relabel(Label::request("POST", path));
    }
    scope.status(head.status);
    if head.is_stream {
        scope.mark_stream();
    }
    if opening.shows_timing
        && let Some(value) = server_timing::value(&scope)
    {
        let headers = response.headers_mut();
        headers.append(server_timing::NAME, value);
        // Else a shared cache would hand the figures on to callers who may not see them.
        headers.append(CACHE_CONTROL, HeaderValue::from_static("private"));
    }
    scope.mark_head_at(now);
    response.map(|body| ResponseBody::new(body, &head, scope, now))
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
