use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::current;
use super::state::State;
use crate::sync::Arc;

/// Takes a future into the scope that runs now.
pub trait FutureExt: Future + Sized {
    /// A future whose events go to the scope that is current at this call, wherever it is polled;
    /// outside every scope it changes nothing.
    ///
    /// ```
    /// use perf_core::FutureExt;
    /// # async fn send_mail() {}
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// tokio::spawn(send_mail().in_current_scope()).await.unwrap();
    /// # }
    /// ```
    fn in_current_scope(self) -> InScope<Self> {
        InScope::new(self, current::current())
    }
}

impl<F: Future> FutureExt for F {}

pin_project! {
    /// A future that is polled and dropped inside a scope; made by [`FutureExt::in_current_scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        // Taken out only when it is dropped.
        #[pin]
        inner: Option<F>,
        scope: Option<Arc<State>>,
    }

    // What a cancelled future reports on its way out belongs to the scope too.
    impl<F> PinnedDrop for InScope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.scope.is_some().then(|| current::enter(this.scope));
            this.inner.set(None);
        }
    }
}

impl<F> InScope<F> {
    pub(super) fn new(inner: F, scope: Option<Arc<State>>) -> Self {
        Self { inner: Some(inner), scope }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.scope.is_some().then(|| current::enter(this.scope));
        match this.inner.as_pin_mut() {
            Some(inner) => inner.poll(cx),
            None => Poll::Pending,
        }
    }
}

impl<F> fmt::Debug for InScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InScope").finish_non_exhaustive()
    }
}
