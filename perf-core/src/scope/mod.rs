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
mod entered;
mod future;
mod id;
mod label;
mod marks;
mod name_group;
mod notes;
mod outcome;
mod poll;
mod query_group;
mod split;
mod state;
mod timeline;
mod trace_id;
mod waits;
mod work;

use std::task::Waker;
use std::{fmt, mem, thread};

pub(crate) use current::{current, hand_in, with_current, with_recorder};
pub use future::{FutureExt, InScope};
pub use id::ScopeId;
pub use label::Label;
pub use name_group::{NameGroup, NameKind};
pub(crate) use notes::Notes;
pub use outcome::Outcome;
pub use query_group::QueryGroup;
pub use split::Split;
pub(crate) use split::SplitNanos;
pub use timeline::{Step, StepKind};
pub use trace_id::TraceId;
pub use work::Work;

use self::entered::Entered;
pub(crate) use self::state::State;
use crate::recorder::Recorder;
use crate::sync::Arc;
use crate::time::{self, Instant};

/// The owner of one unit of work; see the [module](self).
///
/// Small, because it moves with its request: what it notes lies in the state.
pub struct Scope {
    /// The outer scope of the thread while this one is entered; its own at all other times.
    state: Option<Arc<State>>,
    /// Wakes the task and notes when; made for the first poll.
    waker: Option<Waker>,
    was_polled: bool,
    /// Whether the last poll was pending, so that a waking is what the next one waits for.
    is_waiting: bool,
    has_panicked: bool,
    is_closed: bool,
}

impl Scope {
    /// A scope of the global recorder, for a job or a test body.
    pub fn named(name: &str) -> Self {
        Recorder::global().scope(Label::job(name))
    }

    #[inline]
    pub(crate) fn of(state: Arc<State>) -> Self {
        Self {
            state: Some(state),
            waker: None,
            was_polled: false,
            is_waiting: false,
            has_panicked: false,
            is_closed: false,
        }
    }

    /// Runs a closure inside the scope, closes it and tells what was done.
    ///
    /// The scope closes as [`Outcome::Ok`] whatever the output is. What no event covers counts as
    /// the code's own time.
    pub fn run_sync<T>(mut self, body: impl FnOnce() -> T) -> (T, Work) {
        let output = self.enter(body);
        let now = time::now();
        if let Some(state) = &self.state {
            state.notes.cpu_nanos.set(state.so_far(now).0.rest.as_nanos() as u64);
        }
        (output, self.into_work(now))
    }

    /// Runs a closure inside the scope: for what belongs to it and is no poll, such as dropping
    /// its future.
    ///
    /// A panic of the closure makes [`Outcome::Panic`] of a later drop. In a closed scope work
    /// still reaches the recorder, as late.
    ///
    /// # Cost
    /// Two swaps of a thread-local pointer; no lock, no allocation (bench `perf_layer`).
    #[inline]
    pub fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        // A guard, so that the output, which may be large, is not held here and then copied.
        let _entered = Entered::new(self);
        body()
    }

    /// Records that the first part of the answer is there: the head of a response. Does nothing
    /// the second time, and nothing in a closed scope.
    ///
    /// # Cost
    /// One reading of the clock, one histogram record; no lock, no allocation.
    pub fn mark_head(&mut self) {
        self.mark_head_at(time::now());
    }

    /// [`mark_head`](Self::mark_head) by a clock that has been read, as by [`poll`](Self::poll).
    #[inline]
    pub fn mark_head_at(&mut self, now: Instant) {
        if let Some(state) = self.state.as_ref().filter(|_| !self.is_closed) {
            state.mark_head(now);
        }
    }

    /// Counts the scope under another label from now on, as if it had been opened under it; does
    /// nothing in a closed scope. A head that has been marked stays where it was counted.
    pub fn relabel(&mut self, label: Label<'_>) {
        if let Some(state) = self.state.as_ref().filter(|_| !self.is_closed) {
            state.relabel(state.recorder.route_id(label));
        }
    }

    /// Notes the status of the answer: an HTTP status, a gRPC code.
    #[inline]
    pub fn status(&mut self, status: u16) {
        self.note(|notes| notes.status.set(status.into()));
    }

    /// Notes the size of the request's body.
    #[inline]
    pub fn request_bytes(&mut self, bytes: u64) {
        self.note(|notes| notes.request_bytes.set(bytes));
    }

    /// Adds to the size of the answer's body.
    #[inline]
    pub fn add_response_bytes(&mut self, bytes: u64) {
        self.note(|notes| notes.response_bytes.add(bytes));
    }

    /// Notes the distributed trace that this is a part of.
    #[inline]
    pub fn trace(&mut self, trace: TraceId) {
        self.note(|notes| notes.set_trace(trace));
    }

    /// Says that the answer has no end of its own, as server-sent events have none: its life is
    /// counted apart from the durations of other answers.
    #[inline]
    pub fn mark_stream(&mut self) {
        self.note(Notes::mark_stream);
    }

    #[inline]
    fn note(&mut self, note: impl FnOnce(&Notes)) {
        if let Some(state) = &self.state {
            note(&state.notes);
        }
    }

    /// Where the time went up to now, and the counters of what was done.
    pub fn so_far(&self) -> (Split, Work) {
        let so_far = self.state.as_ref().map(|state| state.so_far(time::now()));
        let (split, work) = so_far.unwrap_or_default();
        (split, work.unwrap_or_default())
    }

    /// Closes the scope; does nothing when it is closed already.
    ///
    /// The scope can still be entered: an owner that closes early, because it knows that the answer
    /// is complete, drops what is left of its work inside.
    ///
    /// # Cost
    /// One reading of the clock, one lock that only work inside this scope shares, one or two
    /// histogram records and a handful of adds; work is folded into the recorder's series (bench
    /// `perf_layer`).
    pub fn close(&mut self, outcome: Outcome) {
        self.close_at(outcome, time::now());
    }

    /// [`close`](Self::close) by a clock that has been read, as by [`poll`](Self::poll).
    pub fn close_at(&mut self, outcome: Outcome, now: Instant) {
        self.finish(outcome, now, false);
    }

    #[inline]
    fn finish(&mut self, outcome: Outcome, now: Instant, wants_work: bool) -> Option<Box<Work>> {
        if mem::replace(&mut self.is_closed, true) {
            return None;
        }
        // It holds the state too, which whoever is alone with it ends without a lock.
        self.waker = None;
        let state = self.state.as_mut()?;
        let work = State::end(state);
        state.close(outcome, now, work, wants_work)
    }

    fn into_work(mut self, now: Instant) -> Work {
        let elapsed = self.state.as_ref().map(|state| now - state.opened).unwrap_or_default();
        let work = self.finish(Outcome::Ok, now, true);
        work.map_or_else(|| Work::lasting(elapsed), |work| *work)
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if self.is_closed {
            return;
        }
        let has_head = self.state.as_ref().is_some_and(|state| state.notes.has_head());
        self.close(match has_head {
            _ if self.has_panicked || thread::panicking() => Outcome::Panic,
            true => Outcome::CancelledInBody,
            false => Outcome::CancelledBeforeHead,
        });
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
