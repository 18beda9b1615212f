use std::mem;

use tokio_postgres::Error;

use super::{Router, WriteMark, written};
use crate::pool::Lease;

/// A write that was sent and may have been done, whatever its sender hears of it.
///
/// Dropped before its end is known, as with a caller that is cancelled or a connection that breaks,
/// it counts as done, and no replica is known to have it.
#[derive(Debug)]
#[must_use = "a write that is dropped counts as one of which nothing is known"]
pub struct UnsettledWrite<'a> {
    /// `None` where it leaves no mark.
    router: Option<&'a Router>,
}

impl<'a> UnsettledWrite<'a> {
    pub(super) fn new(router: &'a Router) -> Self {
        Self { router: router.has_replicas().then_some(router) }
    }

    /// One that leaves no mark: it is the commit that makes it last, or nothing is written.
    pub(crate) fn without_mark() -> Self {
        Self { router: None }
    }

    /// The statement was answered, and behind it the question how far the log goes.
    pub(crate) fn answered(self, is_done: bool, written: Result<WriteMark, Error>) {
        match written {
            Ok(mark) => self.reached(mark),
            // A transaction that had failed before, in which the server answers nothing.
            Err(refusal) if !is_done && refusal.code().is_some() => self.undone(),
            Err(_) => {}
        }
    }

    /// It was done over this connection, which is asked how far the log goes.
    pub(crate) async fn done(self, lease: &Lease) {
        if self.router.is_none() {
            return;
        }
        if let Ok(connection) = lease.connection()
            && let Ok(mark) = lease.ask(written(connection)).await
        {
            self.reached(mark);
        }
    }

    /// It failed, and nothing of it lasts where the server goes on over this connection.
    pub(crate) fn failed(self, lease: &Lease) {
        if lease.connection().is_ok_and(|connection| !connection.client().is_closed()) {
            self.undone();
        }
    }

    fn reached(self, mark: WriteMark) {
        if let Some(router) = self.router {
            router.wrote(mark);
        }
        self.undone();
    }

    fn undone(self) {
        mem::forget(self);
    }
}

impl Drop for UnsettledWrite<'_> {
    fn drop(&mut self) {
        if let Some(router) = self.router {
            router.wrote(WriteMark::UNKNOWN);
        }
    }
}
