//! How a scope polls what belongs to it: inside itself, by a clock, and with a waker that notes when it
//! wakes.

use std::mem;
use std::task::{Context, Poll, Waker};

use super::{InScope, Scope, State, Work};
use crate::sync::Arc;
use crate::time::{self, Instant};

impl Scope {
    /// Runs a future inside the scope, closes it and tells what was done.
    ///
    /// The scope closes as [`Ok`](super::Outcome::Ok) whatever the output is; an owner that tells failures
    /// from successes uses [`poll`](Self::poll) and [`close`](Self::close). The time until the
    /// first poll counts as the scheduler's: a spawned future waits for a thread.
    ///
    /// # Cancel safety
    /// Dropping the returned future, polled or not, drops the inner one inside the scope and then
    /// closes the scope as cancelled.
    pub fn run<F: Future>(self, future: F) -> impl Future<Output = (F::Output, Work)> {
        // One tuple, because its fields are dropped in order: the future before the scope.
        let both = (InScope::new(future, self.state.clone()), self);
        async move {
            let (future, mut scope) = both;
            if let Some(state) = &scope.state {
                let now = state.nanos_at(time::now());
                state.notes.scheduler_nanos.set(now);
                state.notes.paused_nanos.set(now);
            }
            let mut future = std::pin::pin!(future);
            let poll = |cx: &mut Context<'_>| scope.poll(cx, |cx| future.as_mut().poll(cx)).0;
            let output = std::future::poll_fn(poll).await;
            let ended = scope.state.as_ref().map(|state| state.paused_at());
            (output, scope.into_work(ended.unwrap_or_else(time::now)))
        }
    }

    /// Polls something inside the scope, and tells when that was over: the way to poll a future
    /// or a body that the scope's owner holds.
    ///
    /// The time of the poll counts as the code's own, and that between the waking of the task and
    /// the poll as the scheduler's. The first poll begins with the opening of the scope.
    ///
    /// # Cost
    /// Two readings of the clock, one for the first poll; no lock, no allocation (bench
    /// `perf_layer`).
    #[inline]
    pub fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> (Poll<T>, Instant) {
        let started = self.resumed();
        let waker = self.waker(cx.waker());
        let polled = match waker {
            Some(waker) => {
                let polled = self.enter(|| poll(&mut Context::from_waker(&waker)));
                self.waker = Some(waker);
                polled
            }
            None => self.enter(|| poll(cx)),
        };
        self.is_waiting = polled.is_pending();
        let now = time::now();
        if let Some(state) = &self.state {
            state.paused(started, now);
        }
        (polled, now)
    }

    /// When the poll that begins now began, in nanoseconds since the opening, with the scheduler's
    /// part noted.
    #[inline]
    fn resumed(&mut self) -> u64 {
        let is_first = !mem::replace(&mut self.was_polled, true);
        match &self.state {
            // Up to now it was the opening or the end of the way to the first poll.
            Some(state) if is_first => state.notes.paused_nanos.get(),
            // An owner that was given something asks again when it likes, whoever was woken meanwhile.
            Some(state) => state.resumed(self.is_waiting),
            None => 0,
        }
    }

    /// The waker that notes when it wakes; none when another task polls than did before, which
    /// then is woken without a note.
    #[inline]
    fn waker(&mut self, task: &Waker) -> Option<Waker> {
        let state = self.state.as_mut()?;
        if !State::is_polled_by(state, task) {
            return None;
        }
        Some(self.waker.take().unwrap_or_else(|| Waker::from(Arc::clone(state))))
    }
}
