use std::fmt;

use futures_util::FutureExt;
use perf_core::CallSite;
use perf_core::sync::Arc;

use crate::db::Shared;
use crate::error::DbError;
use crate::executor::Executor;
use crate::pool::Lease;
use crate::statement::{Answer, Call, Dispatch, Loan};

/// One connection for several statements.
///
/// Statements that are awaited together go to the server without waiting for each other's
/// answers: several round trips become one.
///
/// ```no_run
/// # async fn page(db: &perf_db::Db) -> Result<(), Box<dyn std::error::Error>> {
/// use perf_db::Executor;
///
/// let session = db.session().await?;
/// let (orders, total) = tokio::try_join!(
///     session.query("select id from orders order by id limit 20", &[]),
///     session.query_one("select count(*) from orders", &[]),
/// )?;
/// # Ok(())
/// # }
/// ```
///
/// A transaction that is begun by its text, `begin`, belongs to it: the session rolls it back when
/// it is dropped before a `commit` was answered. [`Db::transaction`](crate::Db::transaction) does
/// more: it knows whether a commit is possible, and whether nobody knows what became of one.
///
/// What a statement sets for the session, as `set role`, temporary tables and advisory locks do, is
/// met by whoever uses the connection next: set it within a transaction (`set local`), or take it
/// back.
///
/// Behind a pooler in transaction mode it is one connection to the pooler: what a statement sets is
/// lost for the next one unless both are in a transaction.
///
/// It goes back to the pool when it is dropped. A statement whose future is dropped half-way is
/// stopped on the server, as soon as no other one is awaited, and ends the session: later calls fail
/// with [`Abandoned`](crate::DbErrorKind::Abandoned).
#[must_use = "a session holds a connection until it is dropped"]
pub struct Session {
    shared: Arc<Shared>,
    lease: Lease,
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, lease: Lease) -> Self {
        Self { shared, lease }
    }
}

impl Executor for Session {}

impl Dispatch for Session {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        self.shared.send(call, &self.lease, self.may_write(call)).await
    }

    async fn lend(&self, _: CallSite) -> Result<Loan<'_>, DbError> {
        let in_transaction = self.lease.connection()?.open().is_open();
        Ok(Loan::Shared { lease: &self.lease, in_transaction })
    }

    fn admit(&self, call: &Call<'_>) -> Result<(), DbError> {
        call.check()
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Ok(connection) = self.lease.connection() else { return };
        if connection.open().is_open() {
            // As for a dropped transaction: in front of whatever the next user sends.
            _ = connection.client().batch_execute("rollback").now_or_never();
            connection.open().is_over();
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
