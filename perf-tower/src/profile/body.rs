use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use pin_project_lite::pin_project;

use super::marker;
use super::recording::Recording;

pin_project! {
    /// The body of a response that passed [`ProfileLayer`](super::ProfileLayer).
    pub struct ProfileBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProjected]
    enum Kind<B> {
        /// Of a request that was not profiled.
        Untouched { #[pin] inner: B },
        /// Of a request whose profile ends with it.
        Watched { #[pin] inner: B, profile: Ending },
        /// The layer's own answer.
        Sent { #[pin] inner: Full<Bytes> },
    }
}

/// Ends the recording when it is dropped, and keeps its result: a server drops a body after the last
/// promised byte, without asking for its end.
struct Ending(Recording);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.finish();
    }
}

impl<B> ProfileBody<B> {
    pub(super) fn untouched(inner: B) -> Self {
        Self { kind: Kind::Untouched { inner } }
    }

    pub(super) fn sent(inner: Full<Bytes>) -> Self {
        Self { kind: Kind::Sent { inner } }
    }
}

impl<B: Body> ProfileBody<B> {
    pub(super) fn watched(inner: B, recording: Recording) -> Self {
        let mut profile = Ending(recording);
        if inner.is_end_stream() {
            profile.0.finish();
        }
        Self { kind: Kind::Watched { inner, profile } }
    }
}

impl<B: Body<Data = Bytes>> Body for ProfileBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjected::Untouched { inner } => inner.poll_frame(cx),
            KindProjected::Sent { inner } => inner.poll_frame(cx).map_err(|never| match never {}),
            KindProjected::Watched { mut inner, profile } => {
                let polled = marker::run(|| inner.as_mut().poll_frame(cx));
                let frame = ready!(polled.unwrap_or(Poll::Pending));
                if !matches!(frame, Some(Ok(_))) || inner.is_end_stream() {
                    profile.0.finish();
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Untouched { inner } | Kind::Watched { inner, .. } => inner.is_end_stream(),
            Kind::Sent { inner } => inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Untouched { inner } | Kind::Watched { inner, .. } => inner.size_hint(),
            Kind::Sent { inner } => inner.size_hint(),
        }
    }
}

impl<B> fmt::Debug for ProfileBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileBody").finish_non_exhaustive()
    }
}
