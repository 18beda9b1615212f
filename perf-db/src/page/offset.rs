use perf_core::{CallSite, SkipEvent};
use tokio_postgres::types::ToSql;

use super::count::{Count, Total};
use super::key::{Key, order_by, steps};
use super::{MAX_SIZE, checked_size, named, trimmed};
use crate::error::{DbError, Reason};
use crate::executor::{Executor, Pending};
use crate::row::Row;
use crate::sql::Sql;
use crate::statement::Call;

/// A `select` in pages with numbers, for who must jump to page 7; [`Keyset`](super::Keyset) is quick
/// at any depth.
///
/// The server reads and throws away all rows in front of the page: a deep one becomes the finding
/// `deep_offset`. A row that is inserted or deleted in front of it meanwhile makes another one
/// appear twice or not at all.
///
/// ```no_run
/// # async fn list(db: &perf_db::Db) -> Result<(), perf_db::DbError> {
/// use perf_db::{Count, Offset, asc};
///
/// let products = Offset::new("select id, name from product", [asc("name"), asc("id")])
///     .count(Count::UpTo(1_000));
/// let page = products.page(&db.read(), &[], 3, 20).await?;
/// # Ok(())
/// # }
/// ```
///
/// `order by` and `limit` are added, so the `select` has neither. The order should end with a unique
/// column: rows that it does not tell apart may stand on two pages.
#[derive(Clone, Debug)]
#[must_use = "an offset does nothing until a page is asked for"]
pub struct Offset {
    select: String,
    order: Vec<Key>,
    max_size: u32,
    count: Count,
}

/// Some rows of an [`Offset`].
#[derive(Debug)]
#[non_exhaustive]
pub struct NumberedPage {
    /// The rows; none behind the last page.
    pub rows: Vec<Row>,
    /// The number of the page, from 1.
    pub page: u64,
    /// The rows that were asked for.
    pub page_size: u64,
    /// Whether there is a page behind it.
    pub has_next: bool,
    /// The rows of all pages, unless they were not to be counted.
    pub total: Option<Total>,
    /// How many pages there are, as exactly as the total; `None` where only a lower bound is known.
    pub pages: Option<u64>,
}

impl Offset {
    /// The rows of this `select`, in this order.
    pub fn new(select: impl Into<String>, order: impl IntoIterator<Item = Key>) -> Self {
        let (select, order) = (trimmed(select.into()), order.into_iter().collect());
        Self { select, order, max_size: MAX_SIZE, count: Count::default() }
    }

    /// The most rows that a page can be asked for. Defaults to 1,000.
    pub fn max_size(mut self, rows: u32) -> Self {
        self.max_size = rows;
        self
    }

    /// How the rows of all pages are counted. Defaults to [`Count::Exact`].
    pub fn count(mut self, count: Count) -> Self {
        self.count = count;
        self
    }

    /// The page of this number, from 1; number and size may come straight from a client.
    ///
    /// # Errors
    /// [`Page`](crate::DbErrorKind::Page) when the number is not 1 or more, or the size not 1 to
    /// [`max_size`](Self::max_size); as [`query`](Executor::query) otherwise.
    ///
    /// # Cancel safety
    /// As [`query`](Executor::query).
    ///
    /// # Cost
    /// One statement, and one more that counts. They see the same rows in a transaction that is
    /// repeatable read, as [`Reader::transaction`](crate::Reader::transaction) begins.
    #[track_caller]
    pub fn page<'a>(
        &'a self,
        executor: &'a impl Executor,
        parameters: &'a [&'a (dyn ToSql + Sync)],
        page: i64,
        size: i64,
    ) -> Pending<'a, NumberedPage> {
        let call_site = CallSite::here();
        Box::pin(async move {
            let limit = checked_size(size, self.max_size)?;
            let before = page.checked_sub(1).filter(|&before| before >= 0);
            let offset = before.and_then(|before| before.checked_mul(size));
            let offset = offset.ok_or(Reason::PageNumber { page })?;
            let mut all = parameters.to_vec();
            all.push(&offset);
            let sql = Sql::from(self.statement(parameters.len(), limit)?);
            let fingerprint = sql.fingerprint().clone();
            let call = Call::at(sql, &all, call_site);
            let mut rows = executor.dispatch::<Vec<Row>>(&call).await?;
            let skipped = offset.unsigned_abs();
            if skipped > 0 {
                SkipEvent::new(fingerprint, call_site, skipped).record();
            }
            let has_next = rows.len() > limit;
            let seen = skipped + rows.len() as u64;
            let shows_end = !has_next && (skipped == 0 || !rows.is_empty());
            rows.truncate(limit);
            let total = match (self.count, shows_end) {
                (Count::Never, _) => None,
                (Count::UpTo(most), true) if seen > most => Some(Total::MoreThan(most)),
                (_, true) => Some(Total::Exact(seen)),
                (count, false) => {
                    let seen = if rows.is_empty() { 0 } else { seen };
                    count.of(executor, &self.select, parameters, call_site, seen).await?
                }
            };
            let page_size = limit as u64;
            let pages = match total {
                Some(Total::Exact(rows) | Total::Estimated(rows)) => Some(rows.div_ceil(page_size)),
                _ => None,
            };
            Ok(NumberedPage { rows, page: page.unsigned_abs(), page_size, has_next, total, pages })
        })
    }

    fn statement(&self, parameters: usize, limit: usize) -> Result<String, DbError> {
        if self.order.is_empty() {
            let needed = "pages need a column to order by: without one rows come as they like";
            return Err(Reason::Setting(needed).into());
        }
        let (page, order) = (named(&self.select), order_by(&steps(&self.order, false)?));
        // The offset is a parameter, since each number would be a statement of its own.
        let (limit, offset) = (limit + 1, parameters + 1);
        Ok(format!("{page}select * from page order by {order} limit {limit} offset ${offset}"))
    }
}
