use std::fmt;
use std::pin::pin;

use futures_util::future::{Either, join, select};
use perf_core::CallSite;
use perf_core::sql::StatementKind;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::db::Shared;
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::pool::Lease;
use crate::router::{self, Need, Server, Shortfall, WithoutReplica, WriteMark};
use crate::statement::{Answer, Call, Dispatch, Loan};
use crate::transaction::Transaction;

/// Statements that only read; made by [`Db::read`](crate::Db::read).
///
/// Each goes to the replica with the least in flight of those that lag little enough and have
/// replayed what the scope has written. When there is none it goes to the primary, or fails, as
/// [`DbBuilder::without_replica`](crate::DbBuilder::without_replica) says. A statement that a
/// replica cannot finish, because it goes away or must drop what the statement reads, is sent once
/// more, to the primary; a stream or transaction that was begun there is not.
///
/// A statement that writes by its text is refused before it is sent. A function that writes is
/// refused by a replica, and is not by the primary.
#[derive(Clone)]
#[must_use = "a reader does nothing until a statement is sent to it"]
pub struct Reader {
    shared: Arc<Shared>,
    after: Option<WriteMark>,
    max_lag: Option<Duration>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, after: None, max_lag: None }
    }

    /// Sees at least everything up to this mark. Defaults to the greatest mark that the current
    /// scope knows.
    pub fn after(mut self, mark: WriteMark) -> Self {
        self.after = Some(mark.max(self.after.unwrap_or(mark)));
        self
    }

    /// How old the answer may be. Defaults to the setting of
    /// [`DbBuilder::max_lag`](crate::DbBuilder::max_lag).
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = Some(lag);
        self
    }

    /// Begins a transaction that can only read, and sees one state of the database in all its
    /// statements.
    ///
    /// # Errors
    /// As [`query`](Executor::query).
    ///
    /// # Cancel safety
    /// As [`query`](Executor::query).
    #[track_caller]
    pub fn transaction(&self) -> impl Future<Output = Result<Transaction, DbError>> + Send {
        let begin = Call::new("begin isolation level repeatable read, read only", &[]);
        async move {
            let lease = self.lease(begin.call_site()).await?;
            begin.control(&lease).await?;
            Ok(Transaction::read_only(Arc::clone(&self.shared), lease))
        }
    }

    /// What it asks for beyond what every reader does.
    pub(crate) fn demands(&self) -> (Option<WriteMark>, Option<Duration>) {
        (self.after, self.max_lag)
    }

    fn need(&self) -> Need {
        let router = &self.shared.router;
        Need {
            mark: self.after.max(router.mark()),
            max_lag: self.max_lag.unwrap_or(router.max_lag()),
        }
    }

    /// A connection to a server that will do, for more than one statement.
    pub(crate) async fn lease(&self, call_site: CallSite) -> Result<Lease, DbError> {
        let need = self.need();
        if let Some(server) = self.replica(&need)? {
            let fit = async {
                let lease = server.pool.lease(call_site).await.ok()?;
                has_seen(&lease, need.mark).await.then_some(lease)
            };
            if let Either::Left((Some(lease), _)) = select(pin!(fit), pin!(server.gone())).await {
                return Ok(lease);
            }
        }
        self.shared.router.writer(call_site).await
    }

    /// The replica to read from, `None` for the primary.
    fn replica(&self, need: &Need) -> Result<Option<&Server>, DbError> {
        let router = &self.shared.router;
        if !router.has_replicas() {
            return Ok(None);
        }
        match router.replica(need) {
            Ok(server) => Ok(Some(server)),
            Err(Shortfall::Unseen) => Ok(None),
            Err(_) if router.without_replica() == WithoutReplica::Primary => Ok(None),
            Err(Shortfall::Gone) => Err(Reason::NoReplica.into()),
            Err(Shortfall::Late) => Err(Reason::LateReplicas { max_lag: need.max_lag }.into()),
        }
    }
}

impl Executor for Reader {}

impl Dispatch for Reader {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        self.admit(call)?;
        let need = self.need();
        if let Some(server) = self.replica(&need)? {
            match read(server, call, &need).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(error) if error.is_of_replica() => self.shared.router.heard_of(&error),
                Err(error) => return Err(error),
            }
        }
        call.send(&self.shared.router.writer(call.call_site()).await?).await
    }

    fn admit(&self, call: &Call<'_>) -> Result<(), DbError> {
        if call.sql().fingerprint().kind() == StatementKind::Write {
            let (statement, call_site) = (call.sql().fingerprint().clone(), call.call_site());
            return Err(Reason::WriteOnReader { statement, call_site }.into());
        }
        call.check()?;
        call.check_control()
    }

    async fn lend(&self, call_site: CallSite) -> Result<Loan<'_>, DbError> {
        Ok(Loan::Own(self.lease(call_site).await?))
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn only_reads(&self) -> bool {
        true
    }
}

/// The replica's answer; `None` when it has not replayed up to the mark after all, or goes away
/// meanwhile.
async fn read<A: Answer>(
    server: &Server,
    call: &Call<'_>,
    need: &Need,
) -> Result<Option<A>, DbError> {
    let answer = async {
        let lease = server.pool.lease(call.call_site()).await?;
        let connection = lease.connection()?;
        match need.mark {
            Some(mark) if !connection.is_known_to_have_replayed(mark) => {
                // The question goes in front of the statement, without waiting for its answer:
                // what the server knows by then is what the statement sees.
                let (has_seen, answer) = join(has_seen(&lease, need.mark), call.send(&lease)).await;
                if has_seen { answer.map(Some) } else { Ok(None) }
            }
            _ => call.send(&lease).await.map(Some),
        }
    };
    match select(pin!(answer), pin!(server.gone())).await {
        Either::Left((answer, _)) => answer,
        // Dropping the answer gives its connection up.
        Either::Right(_) => Ok(None),
    }
}

/// Whether the server of this connection has replayed the log up to the mark.
async fn has_seen(lease: &Lease, mark: Option<WriteMark>) -> bool {
    let (Some(mark), Ok(connection)) = (mark, lease.connection()) else { return mark.is_none() };
    if connection.is_known_to_have_replayed(mark) {
        return true;
    }
    lease.ask(router::replayed(connection)).await.is_ok_and(|replayed| replayed >= mark)
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("after", &self.after)
            .field("max_lag", &self.max_lag)
            .finish_non_exhaustive()
    }
}
