use perf_core::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::builder::DbBuilder;
use crate::error::DbError;
use crate::pool::Pool;
use crate::sql::Sql;
use crate::statement::Call;
use crate::transaction::Transaction;

/// A PostgreSQL database: a pool of connections that records every statement with its call site.
///
/// Cheap to clone; all clones share the pool. Needs a tokio runtime with time and I/O.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Arc<Pool>,
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

    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool: Arc::new(pool) }
    }

    /// All rows that the statement returns.
    ///
    /// # Errors
    /// When no connection becomes free in time or PostgreSQL refuses the statement.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the statement on the server; its connection is closed, never
    /// handed to anyone.
    ///
    /// # Cost
    /// At most 1.03 times a checkout, cached prepare and query on the bare driver (bench
    /// `pooled_query`).
    #[track_caller]
    pub fn query(
        &self,
        sql: impl Into<Sql>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Vec<Row>, DbError>> + Send {
        let call = Call::new(sql, parameters);
        async move { call.query(&self.pool.lease().await?).await }
    }

    /// The one row that the statement returns.
    ///
    /// # Errors
    /// As [`query`](Self::query), and when there is no row or more than one.
    ///
    /// # Cancel safety
    /// As [`query`](Self::query).
    ///
    /// # Cost
    /// As [`query`](Self::query). The answer is read to its end, so end a statement that may find
    /// many rows with `limit 1`.
    #[track_caller]
    pub fn query_one(
        &self,
        sql: impl Into<Sql>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Row, DbError>> + Send {
        let call = Call::new(sql, parameters);
        async move { call.query_one(&self.pool.lease().await?).await }
    }

    /// The row that the statement returns, if there is one.
    ///
    /// # Errors
    /// As [`query`](Self::query), and when there is more than one row.
    ///
    /// # Cancel safety
    /// As [`query`](Self::query).
    ///
    /// # Cost
    /// As [`query_one`](Self::query_one).
    #[track_caller]
    pub fn query_opt(
        &self,
        sql: impl Into<Sql>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Option<Row>, DbError>> + Send {
        let call = Call::new(sql, parameters);
        async move { call.query_opt(&self.pool.lease().await?).await }
    }

    /// How many rows the statement changed.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    ///
    /// # Cancel safety
    /// As [`query`](Self::query). Whether the server had already done the work is not known then.
    ///
    /// # Cost
    /// As [`query`](Self::query).
    #[track_caller]
    pub fn execute(
        &self,
        sql: impl Into<Sql>,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<u64, DbError>> + Send {
        let call = Call::new(sql, parameters);
        async move { call.execute(&self.pool.lease().await?).await }
    }

    /// Begins a transaction, which holds one connection until it ends.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    ///
    /// # Cancel safety
    /// As [`query`](Self::query).
    #[track_caller]
    pub fn transaction(&self) -> impl Future<Output = Result<Transaction, DbError>> + Send {
        let begin = Call::new("begin", &[]);
        async move {
            let lease = self.pool.lease().await?;
            begin.control(&lease).await?;
            Ok(Transaction::new(lease))
        }
    }
}
