use std::fmt;

use futures_util::FutureExt;
use perf_core::CallSite;
use perf_core::sync::{Arc, AtomicBool, Ordering};

use crate::db::Shared;
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::pool::Lease;
use crate::router::{self, UnsettledWrite};
use crate::statement::{Answer, Call, Dispatch, Done, Loan};

/// A transaction on one connection, which is rolled back unless it is committed.
///
/// ```no_run
/// # async fn rename(db: &perf_db::Db) -> Result<(), perf_db::DbError> {
/// use perf_db::Executor;
///
/// let transaction = db.transaction().await?;
/// transaction.execute("delete from basket where id = $1", &[&7]).await?;
/// transaction.execute("update product set stock = stock - 1 where id = $1", &[&3]).await?;
/// transaction.commit().await
/// # }
/// ```
///
/// Statements that are awaited together, as by `try_join!`, go to the server without waiting for
/// each other's answers. A statement whose future is dropped half-way is stopped on the server, as
/// soon as no other one is awaited, and ends the transaction: it is rolled back, and later calls fail
/// with [`Abandoned`](crate::DbErrorKind::Abandoned).
#[must_use = "a transaction that is not committed is rolled back"]
pub struct Transaction {
    shared: Arc<Shared>,
    lease: Lease,
    /// The server refuses writes in it.
    only_reads: bool,
    /// The server has not been told to end it.
    open: bool,
    /// A statement has failed, after which PostgreSQL may answer a commit with a silent rollback.
    failed: AtomicBool,
    /// A failure was one after which the same transaction may succeed.
    failed_by_chance: AtomicBool,
    /// A statement may have written.
    wrote: AtomicBool,
}

impl Transaction {
    pub(crate) fn new(shared: Arc<Shared>, lease: Lease) -> Self {
        Self::begun(shared, lease, false)
    }

    /// One that was begun as `read only`, perhaps on a replica.
    pub(crate) fn read_only(shared: Arc<Shared>, lease: Lease) -> Self {
        Self::begun(shared, lease, true)
    }

    fn begun(shared: Arc<Shared>, lease: Lease, only_reads: bool) -> Self {
        lease.begins();
        Self {
            shared,
            lease,
            only_reads,
            open: true,
            failed: AtomicBool::new(false),
            failed_by_chance: AtomicBool::new(false),
            wrote: AtomicBool::new(false),
        }
    }

    /// Makes all changes last.
    ///
    /// # Errors
    /// When a statement had failed: the transaction is rolled back then, where PostgreSQL itself
    /// would do so without an error. When PostgreSQL refuses the commit, or the transaction was
    /// abandoned. When the connection breaks meanwhile nobody knows whether the changes last; the
    /// kind is [`UnknownCommit`](crate::DbErrorKind::UnknownCommit) then.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether the changes last. With replicas, later reads of the
    /// scope go to the primary then, as after an unknown commit, and see which it is.
    #[track_caller]
    pub fn commit(self) -> impl Future<Output = Result<(), DbError>> + Send {
        let call_site = CallSite::here();
        async move { self.commit_at(call_site).await }
    }

    pub(crate) async fn commit_at(mut self, call_site: CallSite) -> Result<(), DbError> {
        // Refused in a transaction that has failed, harmless in one that has come back from it.
        let question = Call::at("savepoint before_commit", &[], call_site);
        let may_have_failed = *self.failed.get_mut();
        if may_have_failed && question.control(&self.lease).await.is_err() {
            self.end(&Call::at("rollback", &[], call_site)).await?;
            return Err(Reason::RolledBack.into());
        }
        let commit = Call::at("commit", &[], call_site);
        if self.lease.connection()?.client().is_closed() {
            // So the commit cannot have arrived.
            return self.end(&commit).await;
        }
        let wrote = *self.wrote.get_mut() || self.has_written_unseen().await;
        self.open = false;
        let Done =
            self.shared.send(&commit, &self.lease, wrote).await.map_err(DbError::of_commit)?;
        Ok(())
    }

    /// Whether a function has written that was called by a `select`.
    async fn has_written_unseen(&self) -> bool {
        if self.only_reads || !self.shared.router.has_replicas() {
            return false;
        }
        match self.lease.connection() {
            Ok(connection) => self.lease.ask(router::has_written(connection)).await.unwrap_or(true),
            Err(_) => true,
        }
    }

    pub(crate) async fn rollback_at(mut self, call_site: CallSite) -> Result<(), DbError> {
        self.end(&Call::at("rollback", &[], call_site)).await
    }

    /// Whether the same transaction may succeed where this one failed.
    pub(crate) fn is_worth_repeating(&self) -> bool {
        self.failed_by_chance.load(Ordering::Relaxed)
    }

    /// Undoes all changes. Dropping the transaction does the same, without waiting for it.
    ///
    /// # Errors
    /// When the connection breaks, or the transaction was abandoned; the changes are undone then
    /// too.
    ///
    /// # Cancel safety
    /// Dropping the future undoes the changes as well.
    #[track_caller]
    pub fn rollback(self) -> impl Future<Output = Result<(), DbError>> + Send {
        let call_site = CallSite::here();
        async move { self.rollback_at(call_site).await }
    }

    /// In one that only reads, what is no `select` does not write either.
    fn may_have_written(&self) {
        self.wrote.store(!self.only_reads, Ordering::Relaxed);
    }

    /// From here on the server ends the transaction: by this statement, or, when it does not
    /// arrive, because the connection is closed.
    async fn end(&mut self, end: &Call<'_>) -> Result<(), DbError> {
        self.open = false;
        end.control(&self.lease).await
    }
}

impl Executor for Transaction {}

impl Dispatch for Transaction {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        if !call.only_reads() {
            self.may_have_written();
        }
        self.noted(call.send(&self.lease).await)
    }

    async fn lend(&self, _: CallSite) -> Result<Loan<'_>, DbError> {
        Ok(Loan::Shared { lease: &self.lease, in_transaction: true })
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn only_reads(&self) -> bool {
        self.only_reads
    }

    fn write_over(&self, _: &Loan<'_>) -> UnsettledWrite<'_> {
        self.may_have_written();
        UnsettledWrite::without_mark()
    }

    /// Remembers that a statement failed. Whether the transaction has come back from that, by a
    /// savepoint, only the server knows: answers may be read in another order than they were given.
    fn noted<T>(&self, outcome: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(error) = &outcome {
            if error.code().is_some() {
                self.failed.store(true, Ordering::Relaxed);
            }
            if error.is_retryable() {
                self.failed_by_chance.store(true, Ordering::Relaxed);
            }
            self.shared.router.heard_of(error);
        }
        outcome
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Ok(connection) = self.lease.connection() {
            // The first poll puts the statement into the connection's queue, in front of whatever
            // the next user of the connection sends. Nobody needs its answer.
            _ = connection.client().batch_execute("rollback").now_or_never();
            connection.open().is_over();
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("open", &self.open).finish_non_exhaustive()
    }
}
