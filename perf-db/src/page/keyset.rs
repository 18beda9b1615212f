use std::error::Error as _;

use perf_core::CallSite;
use sha2::{Digest, Sha256};
use tokio_postgres::Column;
use tokio_postgres::types::ToSql;

use super::cursor::{Cursor, Side};
use super::key::{Key, Nulls, Step, order_by, steps};
use super::value::{KeyValue, OtherType, RawValue};
use super::{MAX_SIZE, checked_size, condition, named, trimmed};
use crate::error::{DbError, Reason};
use crate::executor::{Executor, Pending};
use crate::row::Row;
use crate::statement::Call;

/// A `select` in pages of which each begins where the one before ended, however deep: the server
/// reads the rows of the page and no others, where an index has the same order.
///
/// ```no_run
/// # async fn list(db: &perf_db::Db, cursor: Option<&str>) -> Result<(), perf_db::DbError> {
/// use perf_db::{Keyset, asc, desc};
///
/// let newest = Keyset::new(
///     "select o.id, o.placed, c.name from orders o join customer c on c.id = o.customer \
///      where o.shop = $1",
///     [desc("placed"), asc("id")],
/// );
/// let page = newest.page(&db.read(), &[&7], cursor, 20).await?;
/// let next: Option<&str> = page.next.as_deref(); // the cursor for the link to the next page
/// # Ok(())
/// # }
/// ```
///
/// - The last key must tell all rows apart and never be NULL; a page with two rows of equal keys, or
///   with a NULL there, is an error. Rows that are inserted or deleted meanwhile change no other
///   row's page.
/// - The columns of the order must be in the answer. `order by` and `limit` are added, so the
///   `select` has neither.
/// - An index helps that begins with the columns compared by `=` and goes on with the order:
///   `(shop, placed desc, id)` above. It can be read backwards, so `(shop, placed, id desc)` is as
///   good; where NULLs stand is a part of its order.
///
/// A cursor is sealed with [`DbBuilder::secret`](crate::DbBuilder::secret), is of use for the same
/// `select` and order only, and holds the keys of a row, which whoever has it can read. It does not
/// hold the parameters: they are given anew for each page.
#[derive(Clone, Debug)]
#[must_use = "a keyset does nothing until a page is asked for"]
pub struct Keyset {
    select: String,
    keys: Vec<Key>,
    max_size: u32,
    id: [u8; 8],
}

/// Some rows of a [`Keyset`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Page {
    /// The rows, in the order of the keyset also on the way back.
    pub rows: Vec<Row>,
    /// The cursor of the page behind it, if there is one.
    pub next: Option<String>,
    /// The cursor of the page in front of it, if there is one.
    pub previous: Option<String>,
}

impl Keyset {
    /// The rows of this `select`, in this order.
    pub fn new(select: impl Into<String>, order: impl IntoIterator<Item = Key>) -> Self {
        let select = trimmed(select.into());
        let mut keys: Vec<Key> = order.into_iter().collect();
        if let Some(last) = keys.last_mut() {
            last.nulls = Nulls::Never;
        }
        let id = id(&select, &keys);
        Self { select, keys, max_size: MAX_SIZE, id }
    }

    /// The most rows that a page can be asked for. Defaults to 1,000.
    pub fn max_size(mut self, rows: u32) -> Self {
        self.max_size = rows;
        self
    }

    /// The page at this cursor, the first one without; the size may come straight from a client.
    ///
    /// # Errors
    /// - [`Page`](crate::DbErrorKind::Page) when the size is not 1 to
    ///   [`max_size`](Self::max_size).
    /// - [`Forged`](crate::DbErrorKind::Forged) when the cursor was changed, or made for another
    ///   query.
    /// - [`Parameters`](crate::DbErrorKind::Parameters) when the keys do not tell two rows of the
    ///   page apart.
    /// - As [`query`](Executor::query).
    ///
    /// # Cancel safety
    /// As [`query`](Executor::query).
    ///
    /// # Cost
    /// One statement, at any depth (bench `keyset`). Each page size is a statement of its own to the
    /// server, whose planner should know it.
    #[track_caller]
    pub fn page<'a>(
        &'a self,
        executor: &'a impl Executor,
        parameters: &'a [&'a (dyn ToSql + Sync)],
        cursor: Option<&'a str>,
        size: i64,
    ) -> Pending<'a, Page> {
        let call_site = CallSite::here();
        Box::pin(async move {
            let size = checked_size(size, self.max_size)?;
            let seal = &executor.shared().seal;
            let open = |text| Cursor::open(seal, text, self.id, self.keys.len());
            let cursor = cursor.map(open).transpose()?;
            let sql = self.statement(cursor.as_ref(), parameters.len(), size)?;
            let mut all = parameters.to_vec();
            let values = cursor.iter().flat_map(|cursor| &cursor.values);
            for value in values.filter(|value| value.bytes.is_some()) {
                all.push(value);
            }
            let call = Call::at(sql, &all, call_site);
            let rows = executor.dispatch::<Vec<Row>>(&call).await.map_err(stale)?;
            let found = Found::new(&self.keys, rows, size)?;
            let seal = |cursor: Cursor| cursor.seal(seal, self.id);
            let (rows, next, previous) = found.around(cursor);
            let next = next.map(seal).transpose()?;
            Ok(Page { rows, next, previous: previous.map(seal).transpose()? })
        })
    }

    /// One row more than wanted tells whether there is another page.
    fn statement(
        &self,
        cursor: Option<&Cursor>,
        parameters: usize,
        size: usize,
    ) -> Result<String, DbError> {
        if self.keys.is_empty() {
            return Err(Reason::Setting("a keyset needs a column to order by: add the key").into());
        }
        let side = cursor.map_or(Side::After, |cursor| cursor.side);
        let steps: Vec<Step> = steps(&self.keys, side.is_backward())?;
        let end = format!("order by {} limit {}", order_by(&steps), size + 1);
        let page = named(&self.select);
        let Some(Cursor { values, .. }) = cursor else {
            return Ok(format!("{page}select * from page {end}"));
        };
        let ranges = condition::ranges(&steps, values, parameters, side.is_inclusive());
        if let [range] = &ranges[..] {
            return Ok(format!("{page}select * from page where {range} {end}"));
        }
        let select = |range: &String| format!("(select * from page where {range} {end})");
        let parts: Vec<String> = ranges.iter().map(select).collect();
        Ok(format!("{page}{} {end}", parts.join("\nunion all ")))
    }
}

/// The number of a query and its order, the same in every process.
fn id(select: &str, keys: &[Key]) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(select);
    for Key { column, descending, nulls } in keys {
        hash.update([0, u8::from(*descending), *nulls as u8]);
        hash.update(column);
    }
    let whole = hash.finalize();
    std::array::from_fn(|place| whole[place])
}

/// What a value of the wrong type means to whoever sent the cursor.
fn stale(error: DbError) -> DbError {
    let cause = error.postgres().and_then(|cause| cause.source());
    if cause.is_some_and(|cause| cause.is::<OtherType>()) {
        return Reason::ForeignCursor.into();
    }
    error
}

/// The rows of a walk, without the one too many.
struct Found {
    rows: Vec<Row>,
    places: Vec<usize>,
    has_more: bool,
}

impl Found {
    fn new(keys: &[Key], mut rows: Vec<Row>, size: usize) -> Result<Self, DbError> {
        let columns = rows.first().map(Row::columns).unwrap_or_default();
        let place = |key: &Key| {
            let place = columns.iter().position(|column| column.name() == key.column);
            place.ok_or_else(|| {
                let columns: Vec<&str> = columns.iter().map(Column::name).collect();
                Reason::NoColumn { column: key.column.clone(), columns: columns.join(", ") }
            })
        };
        let places = match rows.is_empty() {
            true => Vec::new(),
            false => keys.iter().map(place).collect::<Result<Vec<_>, _>>()?,
        };
        let mut before: Option<Vec<RawValue<'_>>> = None;
        for row in &rows {
            let values = raw(row, &places)?;
            let mut checked = keys.iter().zip(&values);
            if let Some((key, _)) =
                checked.find(|(key, value)| key.nulls == Nulls::Never && value.bytes.is_none())
            {
                return Err(Reason::NullKey { column: key.column.clone() }.into());
            }
            if before.as_ref() == Some(&values) {
                let columns: Vec<&str> = keys.iter().map(|key| &*key.column).collect();
                return Err(Reason::SameKey { columns: columns.join(", ") }.into());
            }
            before = Some(values);
        }
        let has_more = rows.len() > size;
        rows.truncate(size);
        Ok(Self { rows, places, has_more })
    }

    /// The rows in order, and the cursors of the pages behind and in front of them.
    fn around(self, cursor: Option<Cursor>) -> (Vec<Row>, Option<Cursor>, Option<Cursor>) {
        let Self { mut rows, places, has_more } = self;
        let is_backward = cursor.as_ref().is_some_and(|cursor| cursor.side.is_backward());
        if is_backward {
            rows.reverse();
        }
        let at = |row: Option<&Row>, side| {
            let values = raw(row?, &places).ok()?.into_iter().map(KeyValue::from).collect();
            Some(Cursor { side, values })
        };
        let behind = || at(rows.last(), Side::After);
        let before = || at(rows.first(), Side::Before);
        // Where the walk came from there are rows, or were: the one of the cursor.
        let back = |edge: Option<Cursor>| {
            let cursor = cursor.as_ref()?;
            let other = Cursor { side: cursor.side.other(), values: cursor.values.clone() };
            Some(edge.unwrap_or(other))
        };
        let on = |edge: Option<Cursor>| edge.filter(|_| has_more);
        let (next, previous) = match is_backward {
            false => (on(behind()), back(before())),
            true => (back(behind()), on(before())),
        };
        (rows, next, previous)
    }
}

fn raw<'a>(row: &'a Row, places: &[usize]) -> Result<Vec<RawValue<'a>>, DbError> {
    places.iter().map(|&place| row.try_get(place)).collect()
}
