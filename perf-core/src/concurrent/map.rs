use std::future::poll_fn;
use std::task::{Context, Poll};
use std::{fmt, iter};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::InOrder;
use super::numbered::Numbered;

/// Outputs in a row after which the thread is given back for once: futures that never wait, as those
/// of a cache, would keep it to their end.
const TURN: u32 = 256;

/// Makes a future of each item and runs at most `limit` of them at once.
///
/// Nothing happens until one of the methods of [`MapConcurrent`] is awaited. Items are taken when
/// there is room for them: of ten million there are never more than `limit` futures. A limit of 0
/// counts as 1, since with none the work would never end.
///
/// For statements choose a limit below the size of the pool: a higher one only moves the waiting
/// there, and takes the connections of all others meanwhile.
pub fn map_concurrent<I, F, Fut>(
    limit: usize,
    items: I,
    make: F,
) -> MapConcurrent<I::IntoIter, F, Fut>
where
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future,
{
    MapConcurrent {
        limit: limit.max(1),
        items: items.into_iter().fuse(),
        make,
        taken: 0,
        in_a_row: 0,
        running: FuturesUnordered::new(),
    }
}

/// Items and what to do with each; made by [`map_concurrent`].
///
/// # Cancel safety
/// Dropping a future of one of these methods drops all futures that run, and the outputs that were
/// there. What those that ended have done stays done.
///
/// # Cost
/// One allocation for each item. A wake-up polls only the futures that were woken.
#[must_use = "nothing runs until the outputs are collected"]
pub struct MapConcurrent<I, F, Fut> {
    pub(super) limit: usize,
    items: iter::Fuse<I>,
    make: F,
    taken: usize,
    in_a_row: u32,
    running: FuturesUnordered<Numbered<Fut>>,
}

// No item, iterator or closure is ever pinned, and the futures are pinned on the heap.
impl<I, F, Fut> Unpin for MapConcurrent<I, F, Fut> {}

impl<I, F, Fut> MapConcurrent<I, F, Fut>
where
    I: Iterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future,
{
    /// All outputs, in the order of the items. Of futures that may fail, it is the results.
    pub async fn collect(mut self) -> Vec<Fut::Output> {
        let mut outputs = Outputs::default();
        while let Some((number, output)) = self.next().await {
            outputs.put(number, output);
        }
        outputs.into_vec()
    }

    /// All values, in the order of the items, or the error that came first.
    ///
    /// # Errors
    /// The error that came first in time, as soon as it is there: the futures that run are dropped,
    /// and the items that are left are not taken.
    pub async fn try_collect<T, E>(mut self) -> Result<Vec<T>, E>
    where
        Fut: Future<Output = Result<T, E>>,
    {
        let mut values = Outputs::default();
        while let Some((number, output)) = self.next().await {
            values.put(number, output?);
        }
        Ok(values.into_vec())
    }

    /// All values, in the order of the items, or all errors; no error stops the others.
    ///
    /// # Errors
    /// Every error with the position of its item, in the order of the items. The values are
    /// dropped; [`collect`](Self::collect) keeps both.
    pub async fn collect_or_errors<T, E>(mut self) -> Result<Vec<T>, Vec<(usize, E)>>
    where
        Fut: Future<Output = Result<T, E>>,
    {
        let mut values = Outputs::default();
        let mut errors = Vec::new();
        while let Some((number, output)) = self.next().await {
            match output {
                Ok(value) if errors.is_empty() => values.put(number, value),
                Ok(_) => {}
                Err(error) => errors.push((number, error)),
            }
        }
        if errors.is_empty() {
            return Ok(values.into_vec());
        }
        errors.sort_unstable_by_key(|&(number, _)| number);
        Err(errors)
    }

    /// The outputs one after the other, in the order of the items, in constant memory.
    pub fn in_order(self) -> InOrder<I, F, Fut> {
        InOrder::new(self)
    }

    async fn next(&mut self) -> Option<(usize, Fut::Output)> {
        poll_fn(|cx| self.poll_any(cx, self.limit)).await
    }

    /// The next output, whichever comes first, with at most `limit` futures.
    pub(super) fn poll_any(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<(usize, Fut::Output)>> {
        if self.in_a_row == TURN {
            self.in_a_row = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.running.len() < limit
            && let Some(item) = self.items.next()
        {
            let inner = (self.make)(item);
            self.running.push(Numbered { number: self.taken, inner });
            self.taken += 1;
        }
        let polled = self.running.poll_next_unpin(cx);
        self.in_a_row = if polled.is_ready() { self.in_a_row + 1 } else { 0 };
        polled
    }
}

impl<I, F, Fut> fmt::Debug for MapConcurrent<I, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapConcurrent")
            .field("limit", &self.limit)
            .field("taken", &self.taken)
            .field("running", &self.running.len())
            .finish_non_exhaustive()
    }
}

/// Outputs at the places of their items.
struct Outputs<T>(Vec<Option<T>>);

impl<T> Default for Outputs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Outputs<T> {
    fn put(&mut self, number: usize, output: T) {
        if self.0.len() <= number {
            self.0.resize_with(number + 1, || None);
        }
        self.0[number] = Some(output);
    }

    fn into_vec(self) -> Vec<T> {
        self.0.into_iter().flatten().collect()
    }
}
