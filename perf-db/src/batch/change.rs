use futures_util::{Stream, stream};
use perf_core::CallSite;

use super::job::{self, Job};
use super::load;
use super::record::Record;
use super::shape::{Keep, Shape, refused};
use crate::error::DbError;
use crate::executor::Executor;
use crate::identifier;

/// New values for many rows of a table, each found by its key.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until it is run"]
pub struct UpdateMany {
    table: String,
    keys: Vec<String>,
    columns: Vec<String>,
}

impl UpdateMany {
    /// Rows of this table, found by these columns, get new values for those.
    ///
    /// Each row given has the values of the keys first, then those to set.
    pub fn of<K: Into<String>, C: Into<String>>(
        table: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        let columns = columns.into_iter().map(Into::into).collect();
        Self { table: table.into(), keys, columns }
    }

    /// Changes all rows, or none; gives how many rows of the table have changed. Of several rows
    /// with one key the last one counts.
    ///
    /// Rows are locked in the order of their keys, so two batches do not deadlock.
    ///
    /// # Errors
    /// As [`InsertMany::run`](super::InsertMany::run).
    ///
    /// # Cancel safety
    /// As [`InsertMany::run`](super::InsertMany::run).
    ///
    /// # Cost
    /// Up to 20,000 rows one statement, from there on through a temporary table.
    #[track_caller]
    pub fn run<R, I>(
        &self,
        to: &impl Executor,
        rows: I,
    ) -> impl Future<Output = Result<u64, DbError>> + Send
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
    ) -> impl Future<Output = Result<u64, DbError>> + Send {
        let call_site = CallSite::here();
        async move {
            if self.columns.is_empty() {
                let table = &self.table;
                return Err(refused(format!("an update of {table} needs a column to set")));
            }
            let change = Change::of(&self.table, &self.keys, &self.columns)?;
            Ok(load::load(&change, to, call_site, rows).await?.affected)
        }
    }
}

/// Many rows of a table to be deleted, each found by its key.
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until it is run"]
pub struct DeleteMany {
    table: String,
    keys: Vec<String>,
}

impl DeleteMany {
    /// Rows of this table, found by these columns.
    pub fn from<K: Into<String>>(
        table: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        Self { table: table.into(), keys: keys.into_iter().map(Into::into).collect() }
    }

    /// Deletes all rows that have one of the keys, or none; gives how many there were.
    ///
    /// # Errors
    /// As [`InsertMany::run`](super::InsertMany::run).
    ///
    /// # Cancel safety
    /// As [`InsertMany::run`](super::InsertMany::run).
    ///
    /// # Cost
    /// As [`UpdateMany::run`].
    #[track_caller]
    pub fn run<R, I>(
        &self,
        to: &impl Executor,
        keys: I,
    ) -> impl Future<Output = Result<u64, DbError>> + Send
    where
        R: Record + Send,
        I: IntoIterator<Item = R, IntoIter: Send>,
    {
        let (call_site, keys) = (CallSite::here(), stream::iter(keys));
        async move {
            let change = Change::of(&self.table, &self.keys, &[])?;
            Ok(load::load(&change, to, call_site, keys).await?.affected)
        }
    }
}

/// An update, or a delete where nothing is to be set.
struct Change {
    shape: Shape,
}

impl Change {
    fn of(table: &str, keys: &[String], columns: &[String]) -> Result<Self, DbError> {
        if keys.is_empty() {
            return Err(refused(format!("rows of {table} are found by at least one key column")));
        }
        let all: Vec<String> = keys.iter().chain(columns).cloned().collect();
        Ok(Self { shape: Shape::new(table, &all, keys)? })
    }
}

impl Job for Change {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn copies_directly(&self) -> bool {
        false
    }

    fn copy_from_rows(&self) -> u64 {
        job::TEMPORARY_FROM_ROWS
    }

    fn sql(&self, source: &str, null_keys: bool) -> Result<String, DbError> {
        let Shape { table, columns, keys } = &self.shape;
        let (mut same_key, mut sets) = (Vec::new(), Vec::new());
        for (place, column) in columns.iter().enumerate() {
            let column = identifier::quoted(column)?;
            if keys.contains(&place) {
                same_key.push(format!("target.{column} = c{place}"));
            } else {
                sets.push(format!("{column} = c{place}"));
            }
        }
        let same_key = same_key.join(" and ");
        let (lock, change) = if sets.is_empty() {
            ("update", format!("delete from {table} as target using row_of_key"))
        } else {
            let sets = sets.join(", ");
            ("no key update", format!("update {table} as target set {sets} from row_of_key"))
        };
        // The plan of a change may visit rows in any order; that of the locks is sorted, and
        // asking for their number makes them come first.
        Ok(format!(
            "with row_of_key as ({rows}), locked as materialized (select 1 from {table} as target \
             join row_of_key on {same_key} order by {order} for {lock} of target) \
             {change} where {same_key} and (select count(*) from locked) > 0",
            rows = self.shape.one_for_each_key(source, Keep::Last, null_keys),
            order = super::shape::inputs(keys.iter().copied()),
        ))
    }
}
