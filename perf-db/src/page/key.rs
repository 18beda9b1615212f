use crate::error::DbError;
use crate::identifier;

/// One column of the order of pages; made by [`asc`] and [`desc`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a key is for the order of a Keyset or an Offset"]
pub struct Key {
    pub(super) column: String,
    pub(super) descending: bool,
    pub(super) nulls: Nulls,
}

/// Where the rows stand that have no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Nulls {
    First,
    Last,
    /// There are none.
    Never,
}

/// Smallest first; the name is that of a column of the answer.
pub fn asc(column: impl Into<String>) -> Key {
    Key { column: column.into(), descending: false, nulls: Nulls::Last }
}

/// Greatest first; the name is that of a column of the answer.
pub fn desc(column: impl Into<String>) -> Key {
    Key { column: column.into(), descending: true, nulls: Nulls::First }
}

impl Key {
    /// Rows with NULL in the column come before all others. Defaults to PostgreSQL's order: first
    /// under [`desc`], last under [`asc`]. An index must say the same to be of use.
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Nulls::First;
        self
    }

    /// Rows with NULL in the column come after all others. Defaults as
    /// [`nulls_first`](Self::nulls_first).
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Nulls::Last;
        self
    }

    /// The column is never NULL in the answer, which makes the statement shorter; a row where it is
    /// NULL after all may be left out. Defaults to a column that may be.
    pub fn not_null(mut self) -> Self {
        self.nulls = Nulls::Never;
        self
    }

    /// The key of a walk against the order.
    fn reversed(&self) -> Self {
        let nulls = match self.nulls {
            Nulls::First => Nulls::Last,
            Nulls::Last => Nulls::First,
            Nulls::Never => Nulls::Never,
        };
        Self { column: self.column.clone(), descending: !self.descending, nulls }
    }
}

/// A key whose column is in quotes, in the direction of a walk.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) column: String,
    pub(super) descending: bool,
    pub(super) nulls: Nulls,
}

pub(super) fn steps(keys: &[Key], backward: bool) -> Result<Vec<Step>, DbError> {
    let step = |key: &Key| {
        let Key { column, descending, nulls } = if backward { key.reversed() } else { key.clone() };
        Ok(Step { column: identifier::quoted(&column)?, descending, nulls })
    };
    keys.iter().map(step).collect()
}

/// The list behind `order by`.
pub(super) fn order_by(steps: &[Step]) -> String {
    let item = |Step { column, descending, nulls }: &Step| {
        let direction = if *descending { "desc" } else { "asc" };
        let nulls = match nulls {
            Nulls::First => " nulls first",
            Nulls::Last => " nulls last",
            Nulls::Never => "",
        };
        format!("{column} {direction}{nulls}")
    };
    steps.iter().map(item).collect::<Vec<_>>().join(", ")
}
