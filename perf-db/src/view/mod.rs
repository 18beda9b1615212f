//! Materialized views that somebody keeps fresh, and only one at a time.

mod keeper;
mod log;

use perf_core::CallSite;
use perf_core::time::{self, Duration};

pub use self::keeper::ViewKeeper;
use crate::db::Db;
use crate::error::DbError;
use crate::identifier;
use crate::row::Row;
use crate::statement::{AtMostOne, Call, Changed, Dispatch};
use crate::transaction::Transaction;

/// A materialized view: a `select` whose rows are kept until they are refreshed.
///
/// ```no_run
/// # async fn start(db: &perf_db::Db) -> Result<(), perf_db::DbError> {
/// use std::time::Duration;
/// use perf_db::MaterializedView;
///
/// let sales = MaterializedView::new(
///     "sales_by_product",
///     "select product_id, sum(quantity) as sold from order_lines group by product_id",
/// )
/// .unique(["product_id"]);
/// sales.create(db).await?;
/// let keeper = sales.keep_fresh(db, Duration::from_secs(300)); // until it is dropped
/// # Ok(())
/// # }
/// ```
///
/// However many instances of the service keep it fresh, one of them refreshes it: the others find
/// its advisory lock taken, or the view young enough. When it was refreshed and how long that took
/// is kept in the table `perf_db_view`, beside the view.
#[derive(Clone, Debug)]
#[must_use = "a view is not there before it is created"]
pub struct MaterializedView {
    name: String,
    select: String,
    key: Vec<String>,
}

/// What came of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refresh {
    /// The view has new rows.
    Done {
        /// How long that took.
        took: Duration,
    },
    /// It was young enough: somebody refreshed it so long ago.
    Young {
        /// Its age.
        age: Duration,
    },
    /// Another connection is refreshing it now.
    Elsewhere,
}

/// When a view was refreshed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ViewStatus {
    /// Time since the last refresh began, by the server's clock.
    pub age: Duration,
    /// How long it took.
    pub took: Duration,
}

impl MaterializedView {
    /// A view of this name, which may have a schema in front, over this `select`.
    pub fn new(name: impl Into<String>, select: impl Into<String>) -> Self {
        Self { name: name.into(), select: select.into(), key: Vec::new() }
    }

    /// Columns that tell its rows apart. With them it is refreshed concurrently: readers go on
    /// reading the old rows meanwhile, where they would otherwise wait.
    ///
    /// Defaults to none.
    pub fn unique<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.key = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Makes the view with its rows and its unique index, where it is not there yet. A view that is
    /// there is left as it is, whatever its `select`.
    ///
    /// # Errors
    /// When a name is empty, the `select` is wrong, the columns do not tell its rows apart, or the
    /// user may not create it. Nothing is left then.
    ///
    /// # Cancel safety
    /// Dropping the future creates nothing.
    #[track_caller]
    pub fn create(&self, db: &Db) -> impl Future<Output = Result<(), DbError>> + Send {
        let call_site = CallSite::here();
        async move {
            let name = identifier::qualified(&self.name)?;
            let transaction = db.begin(call_site).await?;
            let run = async |sql: String| {
                let Changed(_) = transaction.dispatch(&Call::at(sql, &[], call_site)).await?;
                Ok::<_, DbError>(())
            };
            // Of two that create it at once the second waits and finds it there.
            self.lock(&transaction, call_site, "select pg_advisory_xact_lock($1)").await?;
            run(log::CREATE.to_owned()).await?;
            run(format!("create materialized view if not exists {name} as {}", self.select))
                .await?;
            if !self.key.is_empty() {
                let last = self.name.rsplit('.').next().unwrap_or(&self.name);
                let index = identifier::quoted(&format!("{last}_key"))?;
                let key = identifier::list(&self.key)?;
                run(format!("create unique index if not exists {index} on {name} ({key})")).await?;
            }
            log::begin(&transaction, &self.name, call_site).await?;
            transaction.commit_at(call_site).await
        }
    }

    /// Refreshes the view, unless somebody else is about it.
    ///
    /// # Errors
    /// When the view is not there, or its `select` fails; it keeps its rows then.
    ///
    /// # Cancel safety
    /// Dropping the future stops the refresh on the server; the view keeps its rows.
    #[track_caller]
    pub fn refresh(&self, db: &Db) -> impl Future<Output = Result<Refresh, DbError>> + Send {
        let call_site = CallSite::here();
        async move { self.refresh_at(db, Duration::ZERO, call_site).await }
    }

    /// Refreshes the view when its last refresh began longer ago than this, by the server's clock.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh).
    ///
    /// # Cancel safety
    /// As [`refresh`](Self::refresh).
    #[track_caller]
    pub fn refresh_if_older(
        &self,
        db: &Db,
        than: Duration,
    ) -> impl Future<Output = Result<Refresh, DbError>> + Send {
        let call_site = CallSite::here();
        async move { self.refresh_at(db, than, call_site).await }
    }

    /// When it was refreshed last; `None` for a view that [`create`](Self::create) did not make.
    ///
    /// # Errors
    /// As [`query`](crate::Executor::query).
    ///
    /// # Cancel safety
    /// As [`query`](crate::Executor::query).
    #[track_caller]
    pub fn status(
        &self,
        db: &Db,
    ) -> impl Future<Output = Result<Option<ViewStatus>, DbError>> + Send {
        let call_site = CallSite::here();
        async move { log::status(db, &self.name, call_site).await }
    }

    /// Refreshes the view whenever it is older than this, and soon after
    /// [`ViewKeeper::touch`], until the keeper is dropped. Needs a tokio runtime.
    ///
    /// A refresh that fails is logged and tried again after as long as the view may be old.
    #[track_caller]
    pub fn keep_fresh(&self, db: &Db, age: Duration) -> ViewKeeper {
        ViewKeeper::start(self.clone(), db.clone(), age, CallSite::here())
    }

    async fn refresh_at(
        &self,
        db: &Db,
        than: Duration,
        call_site: CallSite,
    ) -> Result<Refresh, DbError> {
        let name = identifier::qualified(&self.name)?;
        let transaction = db.begin(call_site).await?;
        let lock = "select pg_try_advisory_xact_lock($1)";
        if !self.lock(&transaction, call_site, lock).await?.get::<_, bool>(0) {
            return Ok(Refresh::Elsewhere);
        }
        // Under the lock: whoever had it before has written this.
        if !than.is_zero()
            && let Some(ViewStatus { age, .. }) =
                log::status(&transaction, &self.name, call_site).await?
            && age <= than
        {
            return Ok(Refresh::Young { age });
        }
        let started = time::now();
        let concurrently = if self.key.is_empty() { "" } else { "concurrently " };
        let sql = format!("refresh materialized view {concurrently}{name}");
        let Changed(_) = transaction.dispatch(&Call::at(sql, &[], call_site)).await?;
        let took = started.elapsed();
        log::done(&transaction, &self.name, took, call_site).await?;
        transaction.commit_at(call_site).await?;
        tracing::debug!(view = self.name, ?took, "a materialized view is refreshed");
        Ok(Refresh::Done { took })
    }

    /// For the length of the transaction, since behind a pooler a session is nobody's own.
    async fn lock(
        &self,
        transaction: &Transaction,
        call_site: CallSite,
        sql: &'static str,
    ) -> Result<Row, DbError> {
        let key = log::lock_key(&self.name);
        let parameters: [&(dyn crate::ToSql + Sync); 1] = [&key];
        let call = Call::at(sql, &parameters, call_site);
        call.one(transaction.dispatch::<AtMostOne>(&call).await?)
    }
}
