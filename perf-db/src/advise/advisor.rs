use perf_core::scope::Label;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use perf_core::{CallSite, Recorder};

use crate::db::Db;
use crate::error::DbError;
use crate::executor::Executor;
use crate::statement::Call;
use crate::transaction::Transaction;

/// Looks at a server and says what to change.
///
/// It only reads: each look is a transaction that can only read, is limited in time, and is rolled
/// back. It takes at most two connections at once. What it sends itself is not recorded among the
/// service's statements.
#[derive(Clone, Debug)]
pub struct Advisor {
    db: Db,
    statement_timeout: Duration,
    /// Where the service's statements are recorded.
    recorder: Recorder,
    /// Where its own statements are recorded, apart from the service's.
    own: Recorder,
}

impl Advisor {
    /// With two connections of its own to the server at this address, which may be a replica.
    ///
    /// # Errors
    /// As [`Db::connect`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves no connection behind.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        let db = Db::builder(url).name("advisor").max_size(2).build().await?;
        Ok(Self::of(&db))
    }

    /// With the connections of the service's own `Db`, whose call sites it then knows. With replicas
    /// it looks at the primary.
    ///
    /// From the first call on the `Db` keeps the text of each statement that it prepares, at most
    /// 2,000 of them; of the time before, it knows those that its idle connections have prepared. So
    /// make one at the start of the service. Without it nothing is kept, and to prepare a statement
    /// costs what it costs without this feature.
    pub fn of(db: &Db) -> Self {
        db.handle().router.keep_texts();
        Self {
            db: db.clone(),
            statement_timeout: Duration::from_secs(10),
            recorder: Recorder::global().clone(),
            own: Recorder::builder().build(),
        }
    }

    /// How long one statement may run at the server. Defaults to 10 s, as pghero's explains.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.statement_timeout
    }

    /// Where the service's statements are recorded, which tells their call sites. Defaults to
    /// [`Recorder::global`].
    #[must_use]
    pub fn recorder(mut self, recorder: &Recorder) -> Self {
        self.recorder = recorder.clone();
        self
    }

    pub(crate) fn service(&self) -> &Recorder {
        &self.recorder
    }

    /// Its own statements up to now.
    pub(crate) fn own(&self) -> &Recorder {
        &self.own
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Runs this with its statements recorded apart from the service's.
    pub(crate) async fn apart<T>(&self, work: impl Future<Output = T>) -> T {
        self.own.scope(Label::job("advise")).run(work).await.0
    }

    /// A transaction that only reads, whose statements are limited in time, and that is rolled back
    /// when it is dropped. A statement that fails ends it, so unrelated questions need one each.
    pub(crate) async fn look(&self) -> Result<Transaction, DbError> {
        let call_site = CallSite::here();
        let shared = self.db.handle();
        let lease = match shared.router.has_replicas() {
            true => shared.router.writer(call_site).await?,
            false => self.db.read().lease(call_site).await?,
        };
        let begin = own!("begin isolation level repeatable read, read only");
        let begin = Call::at(begin, &[], call_site);
        begin.control(&lease).await?;
        let look = Transaction::read_only(Arc::clone(shared), lease);
        let timeout = format!("{}ms", self.statement_timeout.as_millis().max(1));
        let limits = own!(
            "select set_config('statement_timeout', $1, true), \
             set_config('lock_timeout', '1s', true)"
        );
        look.query_one(limits, &[&timeout]).await?;
        Ok(look)
    }
}
