use perf_core::CallSite;
use perf_core::sync::Arc;

use crate::builder::DbBuilder;
use crate::error::DbError;
use crate::executor::Executor;
use crate::reader::Reader;
use crate::router::Router;
use crate::seal::Seal;
use crate::session::Session;
use crate::statement::{Answer, Call, Dispatch, Loan};
use crate::transaction::Transaction;

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
    pub(crate) router: Router,
    /// For cursors and write marks.
    pub(crate) seal: Seal,
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

    pub(crate) fn new(router: Router, seal: Seal) -> Self {
        Self { shared: Arc::new(Shared { router, seal }) }
    }

    /// Where statements that only read are sent.
    pub fn read(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
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
        let begin = Call::new("begin", &[]);
        async move {
            let lease = self.shared.router.writer(begin.call_site()).await?;
            begin.control(&lease).await?;
            Ok(Transaction::new(Arc::clone(&self.shared), lease))
        }
    }
}

impl Executor for Db {}

impl Dispatch for Db {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        call.send(&self.shared.router.writer(call.call_site()).await?).await
    }

    async fn lend(&self, call_site: CallSite) -> Result<Loan<'_>, DbError> {
        Ok(Loan::Own(self.shared.router.writer(call_site).await?))
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }
}
