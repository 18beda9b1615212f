//! One unit of work: a request, a job, a test body.
//!
//! A scope travels with its future, not with the thread: it is set for the length of each poll.
//! Work handed to `tokio::spawn` stays in the scope only by
//! [`in_current_scope`](FutureExt::in_current_scope).
//!
//! ```
//! use std::time::Duration;
//! use perf_core::{CallSite, Fingerprint, QueryEvent, Scope};
//!
//! let (sum, work) = Scope::named("add up").run_sync(|| {
//!     QueryEvent::new(Fingerprint::of("select 1"), CallSite::here(), Duration::from_millis(1)).record();
//!     1 + 1
//! });
//! assert_eq!((sum, work.queries()), (2, 1));
//! ```
//!
//! A scope closes exactly once: by [`Scope::close`], at the end of `run`, or when it is dropped,
//! which counts as a panic or a cancellation. Work that comes later, spawned or inside a scope that
//! was closed early, still reaches the series of the same recorder and is counted as late.

mod current;
mod future;
mod label;
mod outcome;
mod query_group;
mod state;
mod work;

use std::{fmt, mem, thread};

pub(crate) use current::hand_in;
pub use future::{FutureExt, InScope};
pub use label::Label;
pub use outcome::Outcome;
pub use query_group::QueryGroup;
pub use work::Work;

use self::state::State;
use crate::recorder::{Recorder, RouteId};
use crate::sync::Arc;
use crate::time::Duration;

/// The owner of one unit of work; see the [module](self).
pub struct Scope {
    /// The outer scope of the thread while this one is entered; its own at all other times.
    state: Option<Arc<State>>,
    has_head: bool,
    has_panicked: bool,
    is_closed: bool,
}

impl Scope {
    /// A scope of the global recorder, for a job or a test body.
    pub fn named(name: &str) -> Self {
        Recorder::global().scope(Label::job(name))
    }

    pub(crate) fn open(recorder: Recorder, route: RouteId) -> Self {
        let state = Some(Arc::new(State::open(recorder, route)));
        Self { state, has_head: false, has_panicked: false, is_closed: false }
    }

    /// Runs a future inside the scope, closes it and tells what was done.
    ///
    /// The scope closes as [`Outcome::Ok`] whatever the output is; an owner that tells failures
    /// from successes uses [`enter`](Self::enter) and [`close`](Self::close).
    ///
    /// # Cancel safety
    /// Dropping the returned future, polled or not, drops the inner one inside the scope and then
    /// closes the scope as cancelled.
    pub fn run<F: Future>(self, future: F) -> impl Future<Output = (F::Output, Work)> {
        // One tuple, because its fields are dropped in order: the future before the scope.
        let both = (InScope::new(future, self.state.clone()), self);
        async move {
            let (future, scope) = both;
            let output = future.await;
            (output, scope.into_work())
        }
    }

    /// Runs a closure inside the scope, closes it and tells what was done.
    ///
    /// The scope closes as [`Outcome::Ok`] whatever the output is.
    pub fn run_sync<T>(mut self, body: impl FnOnce() -> T) -> (T, Work) {
        let output = self.enter(body);
        (output, self.into_work())
    }

    /// Runs a closure inside the scope; the way to poll a future that the scope's owner holds.
    ///
    /// A panic of the closure makes [`Outcome::Panic`] of a later drop. In a closed scope work
    /// still reaches the recorder, as late.
    ///
    /// # Cost
    /// Two swaps of a thread-local pointer; no lock, no allocation (bench `perf_layer`).
    #[inline]
    pub fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        // Stays set when the body unwinds: a runtime catches the panic and drops the scope later,
        // when nothing unwinds any more.
        let had_panicked = mem::replace(&mut self.has_panicked, true);
        let output = {
            let _entered = current::enter(&mut self.state);
            body()
        };
        self.has_panicked = had_panicked;
        output
    }

    /// Records that the first part of the answer is there: the head of a response. Does nothing
    /// the second time, and nothing in a closed scope.
    ///
    /// # Cost
    /// One reading of the clock, one histogram record; no lock, no allocation (bench `perf_layer`).
    #[inline]
    pub fn mark_head(&mut self) {
        if mem::replace(&mut self.has_head, true) || self.is_closed {
            return;
        }
        if let Some(state) = &self.state {
            state.mark_head();
        }
    }

    /// Closes the scope; does nothing when it is closed already.
    ///
    /// The scope can still be entered: an owner that closes early, because it knows that the answer
    /// is complete, drops what is left of its work inside.
    ///
    /// # Cost
    /// One reading of the clock, one lock that only work inside this scope shares, one histogram
    /// record; work with statements is folded into the recorder's series (bench `perf_layer`).
    pub fn close(&mut self, outcome: Outcome) {
        self.finish(outcome);
    }

    #[inline]
    fn finish(&mut self, outcome: Outcome) -> Option<(Duration, Option<Box<Work>>)> {
        if mem::replace(&mut self.is_closed, true) {
            return None;
        }
        self.state.as_ref().map(|state| state.close(outcome))
    }

    fn into_work(mut self) -> Work {
        let (elapsed, work) = self.finish(Outcome::Ok).unwrap_or_default();
        let mut work = *work.unwrap_or_default();
        work.elapsed = elapsed;
        work
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        let outcome = match self.has_head {
            _ if self.has_panicked || thread::panicking() => Outcome::Panic,
            true => Outcome::CancelledInBody,
            false => Outcome::CancelledBeforeHead,
        };
        self.close(outcome);
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
