use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use pin_project_lite::pin_project;

use super::ProfileBody;

type Boxed<R, E> = Pin<Box<dyn Future<Output = Result<Response<ProfileBody<R>>, E>> + Send>>;

pin_project! {
    /// The future of [`ProfileRequests`](super::ProfileRequests); see the [module docs](super).
    pub struct ProfileFuture<F, R, E> {
        #[pin]
        kind: Kind<F, R, E>,
    }
}

pin_project! {
    #[project = KindProjected]
    enum Kind<F, R, E> {
        Untouched { #[pin] inner: F },
        Profiled { inner: Boxed<R, E> },
        Ready { response: Option<Response<Full<Bytes>>> },
    }
}

impl<F, R, E> ProfileFuture<F, R, E> {
    pub(super) fn untouched(inner: F) -> Self {
        Self { kind: Kind::Untouched { inner } }
    }

    pub(super) fn profiled(
        inner: impl Future<Output = Result<Response<ProfileBody<R>>, E>> + Send + 'static,
    ) -> Self {
        Self { kind: Kind::Profiled { inner: Box::pin(inner) } }
    }

    pub(super) fn ready(response: Response<Full<Bytes>>) -> Self {
        Self { kind: Kind::Ready { response: Some(response) } }
    }
}

impl<F, R, E> Future for ProfileFuture<F, R, E>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ProfileBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProjected::Untouched { inner } => {
                Poll::Ready(Ok(ready!(inner.poll(cx))?.map(ProfileBody::untouched)))
            }
            KindProjected::Profiled { inner } => inner.as_mut().poll(cx),
            KindProjected::Ready { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response.map(ProfileBody::sent))),
                None => Poll::Pending,
            },
        }
    }
}

impl<F, R, E> fmt::Debug for ProfileFuture<F, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileFuture").finish_non_exhaustive()
    }
}
