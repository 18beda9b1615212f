use futures_util::{Stream, stream};
use perf_core::CallSite;

use super::conflict::{Conflict, OnConflict};
use super::continued::ContinuedInsert;
use super::insert_job::Insert;
use super::inserted::Inserted;
use super::load;
use super::record::Record;
use super::returning::InsertManyReturning;
use crate::error::DbError;
use crate::executor::Executor;

/// Many rows for one table, in the quickest way for their number.
///
/// Made once and used as often as one likes, with any [`Executor`] that may write.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until it is run"]
pub struct InsertMany {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    pub(super) conflict: Option<Conflict>,
}

impl InsertMany {
    /// Rows with values for these columns. A dot in the table's name parts it from its schema.
    ///
    /// Names are quoted: they must be written as the server has them, which is in lower case unless
    /// they were made with quotes.
    pub fn into<C: Into<String>>(
        table: impl Into<String>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { table: table.into(), columns, conflict: None }
    }

    /// What to do with a row whose values in these columns are in the table already. There must be
    /// a unique index on just these columns.
    ///
    /// Of several rows of a batch with one key only one is sent: the last to update, as if they
    /// came one after the other, and the first where nothing is done. Rows with NULL in one of the
    /// columns are all sent. The server sorts by these columns before it writes, so two batches
    /// that write the same rows wait for each other and do not deadlock, as long as no other unique
    /// index of the table makes them meet in another order.
    pub fn on_conflict<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> OnConflict {
        OnConflict { insert: self, columns: columns.into_iter().map(Into::into).collect() }
    }

    /// Gives these columns of each row as the table has them then, in the order of the rows given:
    /// keys that the server made, for example.
    pub fn returning_keys<C: Into<String>>(
        self,
        columns: impl IntoIterator<Item = C>,
    ) -> InsertManyReturning {
        let columns = columns.into_iter().map(Into::into).collect();
        InsertManyReturning { insert: self, columns }
    }

    /// Writes `rows` at a time, each such part for itself, and goes on after one that fails.
    pub fn continue_on_error(self, rows: usize) -> ContinuedInsert {
        ContinuedInsert { insert: self, rows }
    }

    /// Writes all rows, or none. Without rows nothing is sent.
    ///
    /// # Errors
    /// When names or rows do not fit the table, with what to change, and as
    /// [`query`](Executor::query). Nothing is written then; a transaction it ran in has failed.
    ///
    /// # Cancel safety
    /// Dropping the future undoes the batch and costs its connection; a transaction or session ends
    /// with it. Only when all rows had been read may they have been written.
    ///
    /// # Cost
    /// Up to 5,000 rows (20,000 with a conflict clause) one statement; from there on `COPY`, at
    /// least 0.9 times as quick as on the bare driver (bench `batch_insert`). At most 8 MiB of rows
    /// are in memory.
    #[track_caller]
    pub fn run<R, I>(
        &self,
        to: &impl Executor,
        rows: I,
    ) -> impl Future<Output = Result<Inserted, DbError>> + Send
    where
        R: Record + Send,
        I: IntoIterator<Item = R, IntoIter: Send>,
    {
        self.run_stream(to, stream::iter(rows))
    }

    /// As [`run`](Self::run), with rows that come over time. The connection is held until the last
    /// one has come, and with many rows a transaction is open for as long.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    /// As [`run`](Self::run).
    ///
    /// # Cost
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn run_stream<R: Record + Send>(
        &self,
        to: &impl Executor,
        rows: impl Stream<Item = R> + Send,
    ) -> impl Future<Output = Result<Inserted, DbError>> + Send {
        let call_site = CallSite::here();
        async move {
            let insert = Insert::of(self)?;
            let written = load::load(&insert, to, call_site, rows).await?;
            Ok(insert.counts(&written))
        }
    }
}
