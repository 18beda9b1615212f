use std::{fmt, mem};

use deadpool::managed;
use perf_core::sync::{AtomicBool, Ordering};
use perf_core::time::{self, Instant};
use perf_core::{CallSite, Fingerprint};

use super::{Connection, Object, cancel};
use crate::error::{DbError, Reason};

/// A connection while somebody uses it.
///
/// Invariants:
/// 1. A connection goes back to the pool only when the server owes it no answer.
/// 2. A connection that is closed keeps its place in the pool until the server is done with it, so
///    that there are never more than `max_size`.
pub struct Lease {
    /// Empty only while the lease is dropped.
    object: Option<Object>,
    /// Who took it.
    call_site: CallSite,
    /// A statement was given up before its answer was complete.
    abandoned: AtomicBool,
    /// The server said something after which nobody should use the connection.
    unfit: AtomicBool,
}

impl Lease {
    pub(super) fn new(object: Object, call_site: CallSite, now: Instant) -> Self {
        object.seat.taken(call_site, now);
        Self {
            object: Some(object),
            call_site,
            abandoned: AtomicBool::new(false),
            unfit: AtomicBool::new(false),
        }
    }

    pub(crate) fn connection(&self) -> Result<&Connection, DbError> {
        match &self.object {
            Some(object) if !self.abandoned.load(Ordering::Relaxed) => Ok(object),
            _ => Err(Reason::Abandoned.into()),
        }
    }

    /// An exchange that is no statement of the caller's. Dropped half-way it gives the connection
    /// up, as a statement does.
    pub(crate) async fn ask<T>(&self, exchange: impl Future<Output = T>) -> T {
        let unanswered = Unanswered(self);
        let answer = exchange.await;
        mem::forget(unanswered);
        answer
    }

    /// A statement is given up: the connection is busy with it, and will be closed.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Stops what was given up, when its holder keeps the lease.
    fn stop_abandoned(&self) {
        if let Some(object) = &self.object
            && self.abandoned.load(Ordering::Relaxed)
        {
            cancel::cancel_and_keep(object);
        }
    }

    /// The connection is of no use to anybody, and will be closed.
    pub(crate) fn retire(&self) {
        self.unfit.store(true, Ordering::Relaxed);
    }

    /// For whoever asks what the connection does: a statement is on its way.
    pub(crate) fn sends(&self, statement: &Fingerprint, now: Instant) {
        if let Some(object) = &self.object {
            object.seat.sends(statement, now);
        }
    }

    /// The statement has its answer, or nobody waits for it any more.
    pub(crate) fn is_answered(&self, now: Instant) {
        if let Some(object) = &self.object {
            object.seat.is_answered(now);
        }
        self.stop_abandoned();
    }

    /// A transaction is open until the connection goes back.
    pub(crate) fn begins(&self) {
        if let Some(object) = &self.object {
            object.seat.begins(time::now());
        }
    }
}

struct Unanswered<'a>(&'a Lease);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.0.abandon();
        self.0.stop_abandoned();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else {
            return;
        };
        let now = time::now();
        if *self.abandoned.get_mut() {
            object.seat.is_cancelled(now);
            cancel::cancel_and_close(object);
            return;
        }
        object.seat.left(now);
        object.heard = now;
        if *self.unfit.get_mut() {
            drop(managed::Object::take(object));
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("call_site", &self.call_site).finish_non_exhaustive()
    }
}
