//! The function by which a profiled request's stacks are known.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// How the marker's name ends, in every mangling.
pub(super) const NAME: &str = "perf_tower_profiled_request";

/// Runs `work` so that its stack passes through here.
///
/// It is not generic, so it has one name and one place; not inlined, so it has a frame of its own;
/// and it does something after the call, so that the call is not turned into a jump, which would
/// take the frame away.
#[inline(never)]
fn perf_tower_profiled_request(work: &mut dyn FnMut()) {
    let mut is_done = false;
    work();
    is_done |= true;
    black_box(&mut is_done);
}

/// Runs `work` as part of the profiled request.
pub(super) fn run<T>(work: impl FnOnce() -> T) -> Option<T> {
    let (mut work, mut result) = (Some(work), None);
    perf_tower_profiled_request(&mut || result = work.take().map(|work| work()));
    result
}

pin_project! {
    /// A future whose polls are part of the profiled request.
    pub(super) struct Marked<F> {
        #[pin]
        pub(super) inner: F,
    }
}

impl<F: Future> Future for Marked<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let inner = self.project().inner;
        run(|| inner.poll(cx)).unwrap_or(Poll::Pending)
    }
}

/// Where the marker's code begins in this process.
pub(super) fn address() -> usize {
    perf_tower_profiled_request as *const () as usize
}
