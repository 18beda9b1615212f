//! One row of an answer, and what is read of it.

mod column;
mod reads;

use std::fmt;

use perf_core::sync::Arc;
use tokio_postgres::Column;
use tokio_postgres::types::FromSql;

pub use self::column::ColumnIndex;
pub(crate) use self::reads::Reads;
use crate::error::{DbError, Reason};

/// One row of an answer.
///
/// Of one answer in 64 it is noted which columns are read; columns that a call site fetches and
/// never reads become the finding `over_fetch`.
pub struct Row {
    inner: tokio_postgres::Row,
    reads: Option<Arc<Reads>>,
}

impl Row {
    pub(crate) fn new(inner: tokio_postgres::Row) -> Self {
        Self { inner, reads: None }
    }

    /// Notes from now on what is read.
    pub(crate) fn watch(&mut self, reads: &Arc<Reads>) {
        reads.add_row(&self.inner);
        self.reads = Some(Arc::clone(reads));
    }

    /// The value of a column, by name or by place from 0.
    ///
    /// # Panics
    /// When there is no such column or its value is not of this type: a mistake in the program.
    /// [`try_get`](Self::try_get) gives an error instead.
    #[track_caller]
    pub fn get<'a, I: ColumnIndex, T: FromSql<'a>>(&'a self, column: I) -> T {
        match self.try_get(column) {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// The value of a column, by name or by place from 0.
    ///
    /// # Errors
    /// When there is no such column or its value is not of this type.
    pub fn try_get<'a, I: ColumnIndex, T: FromSql<'a>>(&'a self, column: I) -> Result<T, DbError> {
        let place = column.place(self.inner.columns()).ok_or_else(|| {
            let columns = self.inner.columns().iter().map(Column::name).collect::<Vec<_>>();
            Reason::NoColumn { column: column.to_string(), columns: columns.join(", ") }
        })?;
        if let Some(reads) = &self.reads {
            reads.note(place);
        }
        self.inner.try_get(place).map_err(|source| Reason::Column(source.into()).into())
    }

    /// The columns, in the order of the statement.
    pub fn columns(&self) -> &[Column] {
        self.inner.columns()
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether there is no column, as in the answer to `select from product`.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The driver's own row.
    pub fn into_postgres(self) -> tokio_postgres::Row {
        if let Some(reads) = &self.reads {
            reads.note_all();
        }
        self.inner
    }
}

/// The columns without their values.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("columns", &self.inner.columns()).finish_non_exhaustive()
    }
}
