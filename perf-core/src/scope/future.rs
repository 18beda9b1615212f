use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::State;
use super::current;
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
    /// A future that is polled inside a scope; made by [`FutureExt::in_current_scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        #[pin]
        inner: F,
        scope: Option<Arc<State>>,
    }
}

impl<F> InScope<F> {
    pub(super) fn new(inner: F, scope: Option<Arc<State>>) -> Self {
        Self { inner, scope }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.scope.is_none() {
            return this.inner.poll(cx);
        }
        let _entered = current::enter(this.scope);
        this.inner.poll(cx)
    }
}

impl<F> fmt::Debug for InScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InScope").finish_non_exhaustive()
    }
}
