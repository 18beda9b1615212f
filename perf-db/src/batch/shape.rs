use tokio_postgres::types::{Kind, Type};

use super::encoder::Column;
use crate::error::{DbError, Reason};
use crate::identifier;

/// Which columns of which table a batch brings, and which of them tell rows apart.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// In quotes.
    pub(super) table: String,
    /// As the user wrote them.
    pub(super) columns: Vec<String>,
    /// Places of columns.
    pub(super) keys: Vec<usize>,
}

impl Shape {
    pub(super) fn new(table: &str, columns: &[String], keys: &[String]) -> Result<Self, DbError> {
        let table = identifier::qualified(table)?;
        if columns.is_empty() {
            return Err(refused(format!("a batch for {table} has no columns: name at least one")));
        }
        for (place, column) in columns.iter().enumerate() {
            if columns[..place].contains(column) {
                return Err(refused(format!("a batch for {table} names {column:?} twice")));
            }
        }
        let keys = places(&table, columns, keys)?;
        Ok(Self { table, columns: columns.to_vec(), keys })
    }

    /// Asks for nothing but the columns' types.
    pub(super) fn question(&self) -> Result<String, DbError> {
        Ok(format!("select {} from {} limit 0", self.quoted_columns()?, self.table))
    }

    pub(super) fn quoted_columns(&self) -> Result<String, DbError> {
        identifier::list(&self.columns)
    }

    /// `c0, c1, …`: what the columns are called on their way, whatever the user calls his.
    pub(super) fn inputs(&self) -> String {
        inputs(0..self.columns.len())
    }

    /// The rows of a source with one row for each key, in the order of the keys.
    ///
    /// By the server's own sense of order and equality, so that every batch, large or small and of
    /// whichever process, locks rows in one order, and `1.0` and `1.00` are one key.
    pub(super) fn one_for_each_key(&self, source: &str, keep: Keep, null_keys: bool) -> String {
        let keys: Vec<String> = self.keys.iter().map(|place| format!("c{place}")).collect();
        let mut apart = keys.join(", ");
        if null_keys {
            let null = keys.iter().map(|key| format!("{key} is null")).collect::<Vec<_>>();
            // In a unique index NULL differs from NULL.
            apart += &format!(", case when {} then position end", null.join(" or "));
        }
        let direction = match keep {
            Keep::First => "",
            Keep::Last => " desc",
        };
        format!(
            "select distinct on ({apart}) {inputs} from {source} order by {apart}, \
             position{direction}",
            inputs = self.inputs(),
        )
    }
}

/// Which of several rows with one key counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    First,
    Last,
}

pub(super) fn refused(sentence: String) -> DbError {
    Reason::Batch { sentence }.into()
}

/// Where these columns are among those of the batch.
pub(super) fn places(
    table: &str,
    columns: &[String],
    names: &[String],
) -> Result<Vec<usize>, DbError> {
    let place = |name| {
        columns.iter().position(|column| column == name).ok_or_else(|| {
            refused(format!(
                "a batch for {table} has no column {name:?}: name it among its columns too"
            ))
        })
    };
    names.iter().map(place).collect()
}

pub(super) fn inputs(places: impl Iterator<Item = usize>) -> String {
    places.map(|place| format!("c{place}")).collect::<Vec<_>>().join(", ")
}

/// The type's name in SQL.
pub(super) fn type_name(ty: &Type) -> Result<String, DbError> {
    Ok(format!("{}.{}", identifier::quoted(ty.schema())?, identifier::quoted(ty.name())?))
}

/// Whether `unnest` gives one value for each row: an array it would take apart to its elements, and
/// a composite value to its columns.
pub(super) fn can_be_unnested(columns: &[Column]) -> bool {
    !columns.iter().any(|column| matches!(column.ty.kind(), Kind::Array(_) | Kind::Composite(_)))
}

/// One array for each column, so one text whatever the number of rows.
pub(super) fn arrays(columns: &[Column]) -> Result<String, DbError> {
    let mut arrays = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        arrays.push(format!("${}::{}[]", place + 1, type_name(&column.ty)?));
    }
    let arrays = arrays.join(", ");
    Ok(format!("unnest({arrays}) with ordinality as input({}, position)", inputs(0..columns.len())))
}

/// One parameter for each value.
pub(super) fn values(columns: &[Column], rows: u64) -> Result<String, DbError> {
    let mut types = Vec::new();
    for column in columns {
        types.push(type_name(&column.ty)?);
    }
    let (mut tuples, mut parameter) = (Vec::new(), 0);
    for position in 1..=rows {
        let mut tuple = String::from("(");
        for ty in &types {
            parameter += 1;
            tuple += &format!("${parameter}::{ty}, ");
        }
        tuples.push(tuple + &format!("{position}::int8)"));
    }
    let tuples = tuples.join(", ");
    Ok(format!("(values {tuples}) as input({}, position)", inputs(0..columns.len())))
}
