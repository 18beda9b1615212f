use std::pin::Pin;

use tokio_postgres::types::ToSql;

use crate::error::DbError;
use crate::row::Row;
use crate::sql::Sql;
use crate::statement::{AtMostOne, Call, Changed, Dispatch, Rows};

/// A statement on its way, for its answer.
///
/// In a box, because a compiler of today cannot tell that a generic one is `Send` for a text of any
/// lifetime; the allocation is a fraction of a percent of a round trip.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

/// What statements are sent to: a [`Db`](crate::Db), a [`Reader`](crate::Reader), a
/// [`Session`](crate::Session) or a [`Transaction`](crate::Transaction).
///
/// A function that takes `&impl Executor` works with each of them, and the statement it sends is
/// recorded with its own line.
///
/// ```no_run
/// use perf_db::{DbError, Executor};
///
/// async fn rename(to: &impl Executor, id: i64, name: &str) -> Result<u64, DbError> {
///     to.execute("update product set name = $2 where id = $1", &[&id, &name]).await
/// }
/// ```
///
/// Cannot be implemented outside this crate.
pub trait Executor: Dispatch {
    /// All rows that the statement returns.
    ///
    /// # Errors
    /// When no connection becomes free in time or PostgreSQL refuses the statement.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the statement on the server; its connection is closed, never
    /// handed to anyone. A transaction or session that the connection belongs to ends with it; there
    /// the statement is cancelled once no other one is awaited.
    ///
    /// # Cost
    /// At most 1.03 times a checkout, cached prepare and query on the bare driver (bench
    /// `pooled_query`).
    #[track_caller]
    fn query<'a>(
        &'a self,
        sql: impl Into<Sql>,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> Pending<'a, Vec<Row>> {
        let call = Call::new(sql, parameters);
        Box::pin(async move {
            self.admit(&call)?;
            self.dispatch(&call).await
        })
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
    fn query_one<'a>(
        &'a self,
        sql: impl Into<Sql>,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> Pending<'a, Row> {
        let call = Call::new(sql, parameters);
        Box::pin(async move {
            self.admit(&call)?;
            call.one(self.dispatch(&call).await?)
        })
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
    fn query_opt<'a>(
        &'a self,
        sql: impl Into<Sql>,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> Pending<'a, Option<Row>> {
        let call = Call::new(sql, parameters);
        Box::pin(async move {
            self.admit(&call)?;
            call.at_most_one(self.dispatch::<AtMostOne>(&call).await?)
        })
    }

    /// How many rows the statement changed.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    ///
    /// # Cancel safety
    /// As [`query`](Self::query). Whether the server had already done the work is not known then; with
    /// replicas, later reads of the scope go to the primary and see it.
    ///
    /// # Cost
    /// As [`query`](Self::query).
    #[track_caller]
    fn execute<'a>(
        &'a self,
        sql: impl Into<Sql>,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> Pending<'a, u64> {
        let call = Call::new(sql, parameters);
        Box::pin(async move {
            self.admit(&call)?;
            let Changed(rows) = self.dispatch(&call).await?;
            Ok(rows)
        })
    }

    /// The rows that the statement returns, one by one: for answers that are too large to hold.
    ///
    /// ```no_run
    /// # async fn sum(db: &perf_db::Db) -> Result<i64, perf_db::DbError> {
    /// use futures_util::TryStreamExt;
    /// use perf_db::Executor;
    ///
    /// let mut rows = db.stream("select price from product where shop = $1", &[&7]).await?;
    /// let mut sum = 0;
    /// while let Some(row) = rows.try_next().await? {
    ///     sum += row.get::<_, i64>(0);
    /// }
    /// # Ok(sum)
    /// # }
    /// ```
    ///
    /// The server is read no faster than the rows are taken, so memory holds a few kilobytes of the
    /// answer. On a session or transaction other statements wait until the stream has ended.
    /// The statement is recorded when it ends, with the time that the rows took to be taken.
    ///
    /// # Errors
    /// As [`query`](Self::query); later ones are items of the stream. A reader does not send the
    /// statement again once it was begun.
    ///
    /// # Cancel safety
    /// Dropping the future or the stream half-way cancels the statement on the server and closes
    /// its connection, as in [`query`](Self::query).
    #[track_caller]
    fn stream<'a: 'p, 'p>(
        &'a self,
        sql: impl Into<Sql>,
        parameters: &'p [&'p (dyn ToSql + Sync)],
    ) -> Pending<'p, Rows<'a>> {
        let call = Call::new(sql, parameters);
        Box::pin(async move {
            self.admit(&call)?;
            call.check_control()?;
            Rows::open(self, call).await
        })
    }
}
