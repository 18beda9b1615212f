use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use super::MapConcurrent;

/// The outputs of [`map_concurrent`](super::map_concurrent) one after the other, in the order of
/// the items.
///
/// At most `limit` futures and outputs together are held: while the first is slow, the others end
/// and wait for it, and no further item is taken. After an error it goes on, and dropping it drops
/// what runs.
///
/// ```
/// use futures_util::StreamExt;
/// use perf_core::map_concurrent;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut squares = map_concurrent(4, 1_u64.., |n| async move { n * n }).in_order();
/// assert_eq!(squares.next().await, Some(1));
/// assert_eq!(squares.next().await, Some(4));
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct InOrder<I, F, Fut: Future> {
    inner: MapConcurrent<I, F, Fut>,
    /// What has ended and waits for its turn: the place of the item `given` is the first.
    waiting: VecDeque<Option<Fut::Output>>,
    ended: usize,
    given: usize,
}

impl<I, F, Fut: Future> InOrder<I, F, Fut> {
    pub(super) fn new(inner: MapConcurrent<I, F, Fut>) -> Self {
        Self { inner, waiting: VecDeque::new(), ended: 0, given: 0 }
    }
}

// Nothing in it is ever pinned: the futures are on the heap.
impl<I, F, Fut: Future> Unpin for InOrder<I, F, Fut> {}

impl<I, F, Fut> Stream for InOrder<I, F, Fut>
where
    I: Iterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future,
{
    type Item = Fut::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Fut::Output>> {
        let this = &mut *self;
        loop {
            if let Some(output) = this.waiting.front_mut().and_then(Option::take) {
                this.waiting.pop_front();
                this.ended -= 1;
                this.given += 1;
                return Poll::Ready(Some(output));
            }
            let limit = this.inner.limit - this.ended;
            match this.inner.poll_any(cx, limit) {
                Poll::Ready(Some((number, output))) => {
                    let place = number - this.given;
                    if this.waiting.len() <= place {
                        this.waiting.resize_with(place + 1, || None);
                    }
                    this.waiting[place] = Some(output);
                    this.ended += 1;
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<I, F, Fut: Future> fmt::Debug for InOrder<I, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InOrder")
            .field("inner", &self.inner)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
