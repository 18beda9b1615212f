use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

pin_project! {
    /// A future that says at its end which item it was made for.
    pub(super) struct Numbered<Fut> {
        pub(super) number: usize,
        #[pin]
        pub(super) inner: Fut,
    }
}

impl<Fut: Future> Future for Numbered<Fut> {
    type Output = (usize, Fut::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let output = ready!(this.inner.poll(cx));
        Poll::Ready((*this.number, output))
    }
}
