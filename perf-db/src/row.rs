use std::fmt::{self, Display};

use tokio_postgres::Column;
use tokio_postgres::row::RowIndex;
use tokio_postgres::types::FromSql;

use crate::error::{DbError, Reason};

/// One row of an answer.
pub struct Row {
    inner: tokio_postgres::Row,
}

impl Row {
    pub(crate) fn new(inner: tokio_postgres::Row) -> Self {
        Self { inner }
    }

    /// The value of a column, by name or by place from 0.
    ///
    /// # Panics
    /// When there is no such column or its value is not of this type: a mistake in the program.
    /// [`try_get`](Self::try_get) gives an error instead.
    #[track_caller]
    pub fn get<'a, I: RowIndex + Display, T: FromSql<'a>>(&'a self, column: I) -> T {
        self.inner.get(column)
    }

    /// The value of a column, by name or by place from 0.
    ///
    /// # Errors
    /// When there is no such column or its value is not of this type.
    pub fn try_get<'a, I: RowIndex + Display, T: FromSql<'a>>(
        &'a self,
        column: I,
    ) -> Result<T, DbError> {
        self.inner.try_get(column).map_err(|source| Reason::Column(source.into()).into())
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
        self.inner
    }
}

/// The columns without their values.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("columns", &self.inner.columns()).finish_non_exhaustive()
    }
}
