//! A look at everything that a recorder counts, as it is counted.

use std::error::Error;
use std::fmt;

use super::{Closed, Recorder};
use crate::event::{CacheEvent, CallEvent, HoldEvent, PoolEvent, QueryEvent};
use crate::scope::{Label, Outcome, Split, TraceId};
use crate::time::Duration;

/// What to do whenever a recorder counts something: to feed another system of metrics, or to alert.
///
/// Everything carries the name under which it is counted, so a series that did not fit into the
/// recorder is called `_other` here too, and what is made of these names has the recorder's bounds.
///
/// The methods run inside the work that they look at, on its thread: they must neither block nor
/// panic, and what they record themselves comes back to them.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use perf_core::recorder::{ClosedScope, Observe};
/// use perf_core::{Label, Outcome, Recorder};
///
/// struct Errors(Arc<AtomicU64>);
///
/// impl Observe for Errors {
///     fn closed(&self, scope: &ClosedScope<'_>) {
///         self.0.fetch_add(scope.outcome.is_error().into(), Ordering::Relaxed);
///     }
/// }
///
/// let errors = Arc::new(AtomicU64::new(0));
/// let recorder = Recorder::builder().build();
/// recorder.observe(Errors(errors.clone())).unwrap();
/// recorder.scope(Label::request("GET", "/orders")).close(Outcome::ServerError);
/// assert_eq!(errors.load(Ordering::Relaxed), 1);
/// ```
pub trait Observe: Send + Sync {
    /// A scope has been opened.
    fn opened(&self, _label: Label<'_>) {}

    /// An open scope has been given another label, under which it will close; or has closed, where
    /// another thread closed it just now.
    fn relabelled(&self, _from: Label<'_>, _to: Label<'_>) {}

    /// A scope has closed.
    fn closed(&self, _scope: &ClosedScope<'_>) {}

    /// A statement has ended.
    fn query(&self, _event: &QueryEvent) {}

    /// A connection has been checked out of a pool, or not.
    fn pool(&self, _event: &PoolEvent<'_>) {}

    /// A connection is on its way back to its pool.
    fn hold(&self, _event: &HoldEvent<'_>) {}

    /// A cache has answered.
    fn cache(&self, _event: &CacheEvent<'_>) {}

    /// Another service has answered.
    fn call(&self, _event: &CallEvent<'_>) {}
}

/// Both look, the first one first.
impl<A: Observe, B: Observe> Observe for (A, B) {
    fn opened(&self, label: Label<'_>) {
        self.0.opened(label);
        self.1.opened(label);
    }

    fn relabelled(&self, from: Label<'_>, to: Label<'_>) {
        self.0.relabelled(from, to);
        self.1.relabelled(from, to);
    }

    fn closed(&self, scope: &ClosedScope<'_>) {
        self.0.closed(scope);
        self.1.closed(scope);
    }

    fn query(&self, event: &QueryEvent) {
        self.0.query(event);
        self.1.query(event);
    }

    fn pool(&self, event: &PoolEvent<'_>) {
        self.0.pool(event);
        self.1.pool(event);
    }

    fn hold(&self, event: &HoldEvent<'_>) {
        self.0.hold(event);
        self.1.hold(event);
    }

    fn cache(&self, event: &CacheEvent<'_>) {
        self.0.cache(event);
        self.1.cache(event);
    }

    fn call(&self, event: &CallEvent<'_>) {
        self.0.call(event);
        self.1.call(event);
    }
}

/// A scope that has just closed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ClosedScope<'a> {
    /// Under which it is counted.
    pub label: Label<'a>,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of its answer, where there was one.
    pub status: Option<u16>,
    /// From the opening to the close.
    pub elapsed: Duration,
    /// From the opening to the head of the answer, where there was one.
    pub head: Option<Duration>,
    /// Where its time went.
    pub split: Split,
    /// The size of its body in bytes.
    pub request_bytes: u64,
    /// The size of the answer's body in bytes, as far as it was sent.
    pub response_bytes: u64,
    /// Whether its answer had no end of its own.
    pub is_stream: bool,
    /// The distributed trace that it is a part of.
    pub trace: Option<TraceId>,
}

impl<'a> ClosedScope<'a> {
    pub(super) fn new(label: Label<'a>, closed: &Closed<'_>) -> Self {
        let &Closed { outcome, elapsed, split, notes, .. } = closed;
        Self {
            label,
            outcome,
            status: (notes.status() > 0).then_some(notes.status()),
            elapsed,
            head: notes.head(),
            split: split.into(),
            request_bytes: notes.request_bytes(),
            response_bytes: notes.response_bytes(),
            is_stream: notes.is_stream(),
            trace: notes.trace(),
        }
    }
}

impl Recorder {
    /// Lets `observer` look at everything that is counted from now on, until the end of the
    /// recorder. For two at once there is a pair: `observe((one, other))`.
    ///
    /// Set it before the first scope is opened: it sees each close, also of scopes whose opening it
    /// did not see.
    ///
    /// # Errors
    /// When the recorder has an observer already, which stays.
    ///
    /// # Cost
    /// Nothing but one load for a recorder that has none.
    pub fn observe(&self, observer: impl Observe + 'static) -> Result<(), AlreadyObserved> {
        self.series().observer.set(Box::new(observer)).map_err(|_| AlreadyObserved(()))
    }

    #[inline]
    pub(crate) fn observer(&self) -> Option<&dyn Observe> {
        self.series().observer.get().map(Box::as_ref)
    }
}

/// A recorder has one observer, and this one had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyObserved(());

impl fmt::Display for AlreadyObserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the recorder has an observer already; give it both as a pair")
    }
}

impl Error for AlreadyObserved {}
