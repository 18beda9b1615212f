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
//! which counts as a panic or a cancellation. Events of spawned work that come later still reach
//! the recorder's series and are counted as late.

mod current;
mod future;
mod label;
mod outcome;
mod query_group;
mod work;

use std::{fmt, mem, thread};

pub(crate) use current::hand_in;
pub use future::{FutureExt, InScope};
pub use label::Label;
pub use outcome::Outcome;
pub use query_group::QueryGroup;
pub use work::Work;

use crate::event::Event;
use crate::recorder::{Recorder, RouteId};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering};
use crate::time::{self, Duration, Instant};

/// The owner of one unit of work; see the [module](self).
pub struct Scope {
    state: Option<Arc<State>>,
}

/// What a scope shares with the work inside it.
pub(crate) struct State {
    recorder: Recorder,
    route: RouteId,
    started: Instant,
    has_head: AtomicBool,
    panicked: AtomicBool,
    log: Mutex<Log>,
}

/// The work of an open scope; on the heap, and only once there is any, so that a request without
/// events costs a small allocation and nothing more.
#[derive(Default)]
struct Log {
    is_closed: bool,
    work: Option<Box<Work>>,
}

impl Scope {
    /// A scope of the global recorder, for a job or a test body.
    pub fn named(name: &str) -> Self {
        Recorder::global().scope(Label::job(name))
    }

    pub(crate) fn open(recorder: Recorder, route: RouteId) -> Self {
        recorder.route(route).open();
        let state = State {
            recorder,
            route,
            started: time::now(),
            has_head: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            log: Mutex::default(),
        };
        Self { state: Some(Arc::new(state)) }
    }

    /// Runs a future inside the scope, closes it and tells what was done.
    ///
    /// # Cancel safety
    /// Dropping the returned future drops the inner one and closes the scope as cancelled.
    pub async fn run<F: Future>(self, future: F) -> (F::Output, Work) {
        let output = InScope::new(future, self.state.clone()).await;
        (output, self.into_work())
    }

    /// Runs a closure inside the scope, closes it and tells what was done.
    pub fn run_sync<T>(mut self, body: impl FnOnce() -> T) -> (T, Work) {
        let output = self.enter(body);
        (output, self.into_work())
    }

    /// Runs a closure inside the scope; the way to poll a future that the scope's owner holds.
    pub fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let _entered = current::enter(&mut self.state);
        body()
    }

    /// Records that the first part of the answer is there: the head of a response.
    pub fn mark_head(&self) {
        if let Some(state) = &self.state {
            state.has_head.store(true, Ordering::Relaxed);
            state.recorder.route(state.route).head.record(time::now() - state.started);
        }
    }

    /// Closes the scope.
    pub fn close(mut self, outcome: Outcome) {
        if let Some(state) = self.state.take() {
            state.close(outcome);
        }
    }

    fn into_work(mut self) -> Work {
        let closed = self.state.take().and_then(|state| state.close(Outcome::Ok));
        let (elapsed, work) = closed.unwrap_or_default();
        let mut work = *work.unwrap_or_default();
        work.elapsed = elapsed;
        work
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            let outcome = match state.has_head.load(Ordering::Relaxed) {
                _ if thread::panicking() || state.panicked.load(Ordering::Relaxed) => {
                    Outcome::Panic
                }
                true => Outcome::CancelledInBody,
                false => Outcome::CancelledBeforeHead,
            };
            state.close(outcome);
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl State {
    fn append(&self, event: &impl Event) {
        let log = &mut *self.log.lock();
        if log.is_closed {
            self.recorder.count_late();
        } else {
            event.append(log.work.get_or_insert_default());
        }
    }

    /// Closes the scope, unless it is closed, and tells how long it was open and its work.
    fn close(&self, outcome: Outcome) -> Option<(Duration, Option<Box<Work>>)> {
        let log = &mut *self.log.lock();
        if mem::replace(&mut log.is_closed, true) {
            return None;
        }
        let elapsed = time::now() - self.started;
        let work = log.work.take();
        self.recorder.fold(self.route, outcome, elapsed, work.as_deref());
        Some((elapsed, work))
    }
}
