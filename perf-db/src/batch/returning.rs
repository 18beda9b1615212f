use futures_util::{Stream, stream};
use perf_core::CallSite;

use super::conflict::Action;
use super::insert::InsertMany;
use super::insert_job::Insert;
use super::job::{self, Job};
use super::load::{self, Written};
use super::record::Record;
use super::shape::{Shape, refused};
use crate::error::DbError;
use crate::executor::Executor;
use crate::identifier;
use crate::row::Row;

/// An [`InsertMany`] that answers with columns of what it wrote.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until it is run"]
pub struct InsertManyReturning {
    pub(super) insert: InsertMany,
    pub(super) columns: Vec<String>,
}

impl InsertManyReturning {
    /// Writes all rows, or none, and gives one row for each of them, in their order. Rows of a batch
    /// that have one key get the same row.
    ///
    /// # Errors
    /// As [`InsertMany::run`]; with `do_nothing`, which gives nothing of a row that is there already;
    /// with a conflict clause, when a row has NULL in a column of it.
    ///
    /// # Cancel safety
    /// As [`InsertMany::run`].
    ///
    /// # Cost
    /// One row of the answer for each row given, all in memory. Many rows take the way through a
    /// temporary table.
    #[track_caller]
    pub fn run<R, I>(
        &self,
        to: &impl Executor,
        rows: I,
    ) -> impl Future<Output = Result<Vec<Row>, DbError>> + Send
    where
        R: Record + Send,
        I: IntoIterator<Item = R, IntoIter: Send>,
    {
        self.run_stream(to, stream::iter(rows))
    }

    /// As [`run`](Self::run), with rows that come over time.
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
    ) -> impl Future<Output = Result<Vec<Row>, DbError>> + Send {
        let call_site = CallSite::here();
        async move {
            let job = Returning::of(self)?;
            Ok(load::load(&job, to, call_site, rows).await?.answer)
        }
    }
}

struct Returning {
    insert: Insert,
    columns: Vec<String>,
}

impl Returning {
    fn of(returning: &InsertManyReturning) -> Result<Self, DbError> {
        let table = &returning.insert.table;
        if returning.columns.is_empty() {
            return Err(refused(format!("which columns of {table} are to be returned?")));
        }
        let conflict = returning.insert.conflict.as_ref();
        if conflict.is_some_and(|conflict| matches!(conflict.action, Action::Nothing)) {
            return Err(refused(format!(
                "do_nothing gives no keys of rows that {table} has already: use do_update with a \
                 column that stays the same"
            )));
        }
        let insert = Insert::of(&returning.insert)?;
        Ok(Self { insert, columns: returning.columns.clone() })
    }
}

impl Job for Returning {
    fn shape(&self) -> &Shape {
        &self.insert.shape
    }

    fn copies_directly(&self) -> bool {
        false
    }

    fn takes_null_keys(&self) -> bool {
        false
    }

    fn copy_from_rows(&self) -> u64 {
        job::TEMPORARY_FROM_ROWS
    }

    fn is_checked(&self) -> bool {
        true
    }

    fn check(&self, written: &Written) -> Result<(), DbError> {
        let (rows, answered) = (written.rows, written.answer.len());
        if answered as u64 == rows {
            return Ok(());
        }
        let table = &self.insert.shape.table;
        Err(refused(format!(
            "{table} answers {rows} rows with {answered}: a trigger or rule changes keys or takes \
             rows away, so use run() without returning_keys()"
        )))
    }

    fn sql(&self, source: &str, null_keys: bool) -> Result<String, DbError> {
        if !self.insert.has_conflict() {
            // Rows are made, and answered, in the order of the select (PostgreSQL 9.6 release
            // notes on `nextval` and `order by`; SQLAlchemy's insertmanyvalues builds on it too).
            let insert = self.insert.insert_from(&format!("{source} order by position"))?;
            return Ok(format!("{insert} returning {}", identifier::list(&self.columns)?));
        }
        let (mut returning, mut answer) = (Vec::new(), Vec::new());
        for (place, column) in self.columns.iter().enumerate() {
            let column = identifier::quoted(column)?;
            returning.push(format!("{column} as answer{place}"));
            answer.push(format!("answer{place} as {column}"));
        }
        let mut same_key = Vec::new();
        for &place in &self.insert.shape.keys {
            let key = identifier::quoted(&self.insert.shape.columns[place])?;
            returning.push(format!("{key} as key{place}"));
            same_key.push(format!("c{place} = key{place}"));
        }
        Ok(format!(
            "with given as (select * from {source}), {written} \
             select {answer} from given join written on {same_key} order by position",
            written = self.insert.with_written("given", null_keys, &returning.join(", "))?,
            answer = answer.join(", "),
            same_key = same_key.join(" and "),
        ))
    }
}
