use futures_util::{Stream, stream};
use perf_core::CallSite;

use super::conflict::{Action, Conflict, OnConflict};
use super::continued::ContinuedInsert;
use super::inserted::Inserted;
use super::job::Job;
use super::load;
use super::record::Record;
use super::returning::InsertManyReturning;
use super::shape::{Shape, refused};
use crate::error::DbError;
use crate::executor::Executor;
use crate::identifier;

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

/// An [`InsertMany`] whose names have been looked at.
pub(super) struct Insert {
    pub(super) shape: Shape,
    conflict: Option<ConflictSql>,
}

struct ConflictSql {
    /// `on conflict (…) do …`
    clause: String,
    action: Action,
}

impl Insert {
    pub(super) fn of(insert: &InsertMany) -> Result<Self, DbError> {
        let keys = insert.conflict.as_ref().map_or(&[][..], |conflict| &conflict.columns);
        let shape = Shape::new(&insert.table, &insert.columns, keys)?;
        let Some(conflict) = &insert.conflict else { return Ok(Self { shape, conflict: None }) };
        if conflict.columns.is_empty() {
            let table = &shape.table;
            return Err(refused(format!("a conflict on {table} needs at least one column")));
        }
        let clause = conflict.clause(&shape)?;
        let conflict = Some(ConflictSql { clause, action: conflict.action.clone() });
        Ok(Self { shape, conflict })
    }

    pub(super) fn counts(&self, written: &load::Written) -> Inserted {
        let mut counts =
            Inserted { rows: written.rows, inserted: written.affected, ..Inserted::default() };
        if let (Some(conflict), Some(row)) = (&self.conflict, written.answer.first()) {
            let count = |place: usize| u64::try_from(row.get::<_, i64>(place)).unwrap_or(0);
            let (kept, inserted, touched) = (count(0), count(1), count(2));
            counts.inserted = inserted;
            counts.duplicates = written.rows - kept;
            match conflict.action {
                Action::Nothing => counts.skipped = kept - touched,
                Action::Update(_) => counts.updated = touched - inserted,
            }
        }
        counts
    }

    /// `insert into … select … from source [on conflict …]`
    pub(super) fn insert_from(&self, source: &str) -> Result<String, DbError> {
        let Shape { table, .. } = &self.shape;
        let (columns, inputs) = (self.shape.quoted_columns()?, self.shape.inputs());
        let clause = self.conflict.as_ref().map_or("", |conflict| &conflict.clause);
        Ok(format!("insert into {table} ({columns}) select {inputs} from {source}{clause}"))
    }

    /// `with row_of_key as (…), written as (insert … returning …)`
    pub(super) fn with_written(
        &self,
        source: &str,
        null_keys: bool,
        returning: &str,
    ) -> Result<String, DbError> {
        let keep = match self.conflict.as_ref().map(|conflict| &conflict.action) {
            Some(Action::Nothing) => super::shape::Keep::First,
            _ => super::shape::Keep::Last,
        };
        Ok(format!(
            "row_of_key as ({rows}), written as ({insert} returning {returning})",
            rows = self.shape.one_for_each_key(source, keep, null_keys),
            insert = self.insert_from("row_of_key")?,
        ))
    }

    pub(super) fn has_conflict(&self) -> bool {
        self.conflict.is_some()
    }
}

impl Job for Insert {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn copies_directly(&self) -> bool {
        self.conflict.is_none()
    }

    fn copy_from_rows(&self) -> u64 {
        if self.conflict.is_none() { 5_000 } else { 20_000 }
    }

    fn sql(&self, source: &str, null_keys: bool) -> Result<String, DbError> {
        let Some(conflict) = &self.conflict else { return self.insert_from(source) };
        if let Action::Nothing = conflict.action {
            return Ok(format!(
                "with {} select (select count(*) from row_of_key), count(*), count(*) from written",
                self.with_written(source, null_keys, "1")?
            ));
        }
        let Shape { table, columns, keys } = &self.shape;
        // A row that is new has no transaction that locked or replaced an older form of it. A
        // partitioned table cannot tell: there the rows are counted that it had at the beginning.
        let returning = format!(
            "case when (select relkind = 'p' from pg_catalog.pg_class \
             where oid = '{}'::regclass) then null else xmax = 0 end as is_new",
            table.replace('\'', "''")
        );
        let mut same_key = Vec::new();
        for &place in keys {
            let key = identifier::quoted(&columns[place])?;
            same_key.push(format!("target.{key} = row_of_key.c{place}"));
        }
        Ok(format!(
            "with {written} select (select count(*) from row_of_key), \
             case when count(is_new) = count(*) then count(*) filter (where is_new) \
             else count(*) - (select count(*) from row_of_key join {table} as target \
             on {same_key}) end, count(*) from written",
            written = self.with_written(source, null_keys, &returning)?,
            same_key = same_key.join(" and "),
        ))
    }
}

impl Conflict {
    fn clause(&self, shape: &Shape) -> Result<String, DbError> {
        let columns = identifier::list(&self.columns)?;
        let Action::Update(updated) = &self.action else {
            return Ok(format!(" on conflict ({columns}) do nothing"));
        };
        super::shape::places(&shape.table, &shape.columns, updated)?;
        if updated.is_empty() {
            let table = &shape.table;
            return Err(refused(format!(
                "an update of {table} on conflict needs at least one column, or use do_nothing()"
            )));
        }
        let mut sets = Vec::new();
        for column in updated {
            let column = identifier::quoted(column)?;
            sets.push(format!("{column} = excluded.{column}"));
        }
        Ok(format!(" on conflict ({columns}) do update set {}", sets.join(", ")))
    }
}
