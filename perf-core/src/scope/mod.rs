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

use std::fmt;

pub(crate) use current::hand_in;
pub use future::{FutureExt, InScope};
pub use label::Label;
pub use outcome::Outcome;
pub use query_group::QueryGroup;
pub use work::Work;

use crate::recorder::{Recorder, RouteId};
use crate::sync::{Arc, Mutex};
use crate::time::{self, Instant};

/// The owner of one unit of work; see the [module](self).
pub struct Scope {
    state: Option<Arc<State>>,
}

/// What a scope shares with the work inside it.
pub(crate) struct State {
    recorder: Recorder,
    route: RouteId,
    started: Instant,
    /// `None` once the scope is closed.
    work: Mutex<Option<Work>>,
}

impl Scope {
    /// A scope of the global recorder, for a job or a test body.
    pub fn named(name: &str) -> Self {
        Recorder::global().scope(Label::job(name))
    }

    pub(crate) fn open(recorder: Recorder, route: RouteId) -> Self {
        recorder.route(route).in_flight.up();
        let (started, work) = (time::now(), Mutex::new(Some(Work::default())));
        Self { state: Some(Arc::new(State { recorder, route, started, work })) }
    }

    /// Runs a future inside the scope and closes it.
    ///
    /// # Cancel safety
    /// Dropping the returned future drops the inner one and closes the scope as cancelled.
    pub async fn run<F: Future>(self, future: F) -> (F::Output, Work) {
        let output = InScope::new(future, self.state.clone()).await;
        (output, self.close(Outcome::Ok))
    }

    /// Runs a closure inside the scope and closes it.
    pub fn run_sync<T>(mut self, body: impl FnOnce() -> T) -> (T, Work) {
        let output = self.enter(body);
        (output, self.close(Outcome::Ok))
    }

    /// Runs a closure inside the scope; the way to poll a future that the scope's owner holds.
    pub fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let _entered = current::enter(&mut self.state);
        body()
    }

    /// Records that the first part of the answer is there: the head of a response.
    pub fn mark_head(&self) {
        if let Some(state) = &self.state {
            let head = time::now() - state.started;
            if let Some(work) = &mut *state.work.lock() {
                work.head = Some(head);
            }
            state.recorder.route(state.route).head.record(head);
        }
    }

    /// Closes the scope and tells what was done in it.
    pub fn close(mut self, outcome: Outcome) -> Work {
        self.state.take().and_then(|state| state.close(|_| outcome)).unwrap_or_default()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            state.close(Outcome::of_drop);
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl State {
    fn close(&self, outcome: impl FnOnce(&Work) -> Outcome) -> Option<Work> {
        let mut work = self.work.lock().take()?;
        work.elapsed = time::now() - self.started;
        self.recorder.fold(self.route, outcome(&work), &mut work);
        Some(work)
    }
}
