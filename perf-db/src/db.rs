use perf_core::CallSite;
use perf_core::sync::Arc;
use perf_core::time::Duration;

#[cfg(feature = "advise")]
use crate::advise::explain::slow::SlowExecutions;
use crate::builder::DbBuilder;
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::pool::{Holder, Lease};
use crate::reader::Reader;
use crate::router::{Router, WriteMark};
use crate::seal::Seal;
use crate::session::Session;
use crate::statement::{Answer, Call, Dispatch, Loan};
use crate::transaction::Transaction;
use crate::writer::Writer;

/// What the seal of a mark is for.
const MARK: &str = "write mark";

/// A PostgreSQL database: its servers, a pool of connections to each, and every statement recorded
/// with its call site.
///
/// Statements sent to it go to the primary; [`read`](Self::read) is for those that may go to a
/// replica. Cheap to clone; all clones share the pools. Needs a tokio runtime with time and I/O.
#[derive(Clone, Debug)]
pub struct Db {
    shared: Arc<Shared>,
}

/// What all handles of one database share.
#[derive(Debug)]
pub struct Shared {
    pub(crate) router: Arc<Router>,
    /// For cursors and write marks.
    pub(crate) seal: Seal,
    #[cfg(feature = "advise")]
    pub(crate) slow: Option<Arc<SlowExecutions>>,
}

impl Db {
    /// Opens a pool with default settings and its first connection.
    ///
    /// The address is a URL, `postgres://user:password@host:port/database`, or libpq's
    /// `key=value` form.
    ///
    /// # Errors
    /// When the address cannot be read or no connection can be opened; the text says what to
    /// change and never holds the password.
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        Self::builder(url).build().await
    }

    /// Settings for a pool of connections to this address.
    pub fn builder(url: &str) -> DbBuilder {
        DbBuilder::new(url)
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// Where statements that only read are sent: to a replica, if there is one that will do.
    pub fn read(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
    }

    /// Where statements are sent that write although their text does not say so, as
    /// `select place_order($1)`.
    ///
    /// With replicas each of them leaves a mark, which a plain `select` sent to the `Db` itself or to
    /// a session does not. A transaction finds out by itself.
    pub fn write(&self) -> Writer {
        Writer::new(Arc::clone(&self.shared))
    }

    /// The mark of what the current scope has written, or was told by [`carry`](Self::carry).
    ///
    /// `None` when it has not written, outside a scope, and without replicas, where nobody needs a
    /// mark. After a write that was given up or whose connection broke it is one that no replica ever
    /// reaches: where it is passed on, as in a cookie, let it last no longer than a few seconds.
    pub fn write_mark(&self) -> Option<WriteMark> {
        self.shared.router.mark()
    }

    /// Makes the reads of the current scope see everything up to this mark. Outside a scope it does
    /// nothing; [`Reader::after`] does there.
    pub fn carry(&self, mark: WriteMark) {
        self.shared.router.carry(mark);
    }

    /// The mark as a text for a cookie or header, which nobody can change or make up.
    pub fn seal_mark(&self, mark: WriteMark) -> String {
        self.shared.seal.seal(MARK, &mark.to_number().to_be_bytes())
    }

    /// The mark that [`seal_mark`](Self::seal_mark) made into this text.
    ///
    /// # Errors
    /// When the text was not made with the same [secret](DbBuilder::secret), or was changed.
    pub fn open_mark(&self, text: &str) -> Result<WriteMark, DbError> {
        let bytes = self.shared.seal.open(MARK, text).ok_or(Reason::SealedMark)?;
        let number = bytes.try_into().map_err(|_| Reason::SealedMark)?;
        Ok(WriteMark::from_number(u64::from_be_bytes(number)))
    }

    /// Who holds a connection now, longest first: where it was taken, since when, and what it does
    /// meanwhile. The error of a checkout that took too long says the same.
    ///
    /// # Cost
    /// One lock for each connection: for a page or a log line, not for each request.
    pub fn holders(&self) -> Vec<Holder> {
        self.shared.router.holders()
    }

    /// Ends the pools of this database, of all its clones too: idle connections are closed, others
    /// when they come back, and every new checkout fails with the kind
    /// [`Closed`](crate::DbErrorKind::Closed).
    ///
    /// Waits at most `patience` for those who hold connections; 30 s is what orchestrators give a
    /// process by default (Kubernetes, `terminationGracePeriodSeconds`). Returns who still held one
    /// then; none, when all came back.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the pools closed.
    pub async fn close(&self, patience: Duration) -> Vec<Holder> {
        self.shared.router.close(patience).await
    }

    /// Takes one connection for several statements.
    ///
    /// # Errors
    /// When no connection becomes free in time.
    ///
    /// # Cancel safety
    /// Dropping the future takes nothing.
    #[track_caller]
    pub fn session(&self) -> impl Future<Output = Result<Session, DbError>> + Send {
        let call_site = CallSite::here();
        async move {
            let lease = self.shared.router.writer(call_site).await?;
            Ok(Session::new(Arc::clone(&self.shared), lease))
        }
    }

    /// Begins a transaction, which holds one connection until it ends.
    ///
    /// # Errors
    /// As [`query`](Executor::query).
    ///
    /// # Cancel safety
    /// As [`query`](Executor::query).
    #[track_caller]
    pub fn transaction(&self) -> impl Future<Output = Result<Transaction, DbError>> + Send {
        let call_site = CallSite::here();
        async move { self.begin(call_site).await }
    }

    #[cfg(feature = "advise")]
    pub(crate) fn handle(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) async fn begin(&self, call_site: CallSite) -> Result<Transaction, DbError> {
        let lease = self.shared.router.writer(call_site).await?;
        Call::at("begin", &[], call_site).control(&lease).await?;
        Ok(Transaction::new(Arc::clone(&self.shared), lease))
    }
}

impl Shared {
    /// Sends the statement over this connection to the primary. One that may write leaves a mark.
    pub(crate) async fn send<A: Answer>(
        &self,
        call: &Call<'_>,
        lease: &Lease,
        may_write: bool,
    ) -> Result<A, DbError> {
        let answer =
            if may_write { call.write(lease, &self.router).await } else { call.send(lease).await };
        answer.inspect_err(|error| self.router.heard_of(error))
    }
}

impl Executor for Db {}

impl Dispatch for Db {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        let lease = self.shared.router.writer(call.call_site()).await?;
        self.shared.send(call, &lease, self.may_write(call)).await
    }

    async fn lend(&self, call_site: CallSite) -> Result<Loan<'_>, DbError> {
        Ok(Loan::Own(self.shared.router.writer(call_site).await?))
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }
}
