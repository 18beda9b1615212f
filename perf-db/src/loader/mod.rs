//! Single lookups that go to the server together: [`Loader`].

mod batch;
mod group;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use foldhash::fast::RandomState;
use perf_core::CallSite;
use perf_core::sync::{Arc, Mutex, Weak};
use tokio_postgres::types::{FromSqlOwned, ToSql};

use self::batch::{Batch, ByKey};
use self::group::Group;
pub use self::group::LoadFrom;
use crate::error::{DbError, Reason};
use crate::executor::Pending;
use crate::row::Row;
use crate::sql::Sql;

/// As many keys are a few milliseconds for the server, and an array that it still plans well for.
const MAX_KEYS: usize = 1_000;

/// Makes one statement of the lookups that are awaited at the same time: the cure of an N+1 whose
/// callers shall stay as they are.
///
/// ```no_run
/// # async fn names(db: &perf_db::Db, ids: &[i64]) -> Result<(), perf_db::DbError> {
/// use std::sync::LazyLock;
/// use perf_db::Loader;
///
/// static PRODUCTS: LazyLock<Loader<i64>> =
///     LazyLock::new(|| Loader::new("select id, name from product where id = any($1)", "id"));
///
/// // One statement, where `join_all` of `query_opt` would send one for each id.
/// let products = ids.iter().map(|&id| PRODUCTS.load(db, id));
/// let products = futures_util::future::try_join_all(products).await?;
/// # Ok(())
/// # }
/// ```
///
/// - **Together** are lookups of one scope and from one place (the primary, a reader with the same
///   demands). Outside of every scope they must come from one task. The first one waits until all
///   that was ready to run with it has had its turn, which is no time where there is nothing to do.
///   Lookups awaited one after the other are still one statement each, and still an N+1.
/// - It is recorded once, with the line of the first lookup.
/// - A key that several ask for is sent once, and its rows are shared. Nothing is kept: a lookup
///   that comes while the statement runs is for the next one, so it sees what was written before.
/// - A statement takes at most 1,000 keys; more go in pieces, one after the other over one
///   connection, and are recorded as one.
///
/// Cheap to clone; clones gather together. Needs a tokio runtime.
pub struct Loader<K> {
    inner: Arc<Inner<K>>,
}

struct Inner<K> {
    sql: Sql,
    key: String,
    max_keys: usize,
    /// Those that still take keys.
    open: Mutex<HashMap<Group, Weak<Batch<K>>, RandomState>>,
}

impl<K> Loader<K>
where
    K: ToSql + FromSqlOwned + Clone + Eq + Hash + Send + Sync + 'static,
{
    /// Looks up by this statement, which gets the keys as the array `$1`; `key` is the column of its
    /// answer that says which key a row belongs to.
    pub fn new(sql: impl Into<Sql>, key: impl Into<String>) -> Self {
        Self::from_parts(sql.into(), key.into(), MAX_KEYS)
    }

    /// The most keys that one statement takes. Defaults to 1,000.
    pub fn max_keys(self, keys: usize) -> Self {
        Self::from_parts(self.inner.sql.clone(), self.inner.key.clone(), keys.max(1))
    }

    fn from_parts(sql: Sql, key: String, max_keys: usize) -> Self {
        let open = Mutex::default();
        Self { inner: Arc::new(Inner { sql, key, max_keys, open }) }
    }

    /// The row of this key, if there is one.
    ///
    /// # Errors
    /// When the statement fails, for each lookup that was sent with it; and when there is more than
    /// one row.
    ///
    /// # Cancel safety
    /// Dropping the future harms no other lookup. When all that wait for a statement are dropped, it
    /// is cancelled on the server.
    ///
    /// # Cost
    /// A hundred lookups about 1.5 times the one statement (bench `loader`).
    #[track_caller]
    pub fn load<'a, S: LoadFrom>(
        &'a self,
        from: &'a S,
        key: impl Into<K>,
    ) -> Pending<'a, Option<Arc<Row>>> {
        let (call_site, key) = (CallSite::here(), key.into());
        Box::pin(async move {
            let by_key = self.answer(from, &key, call_site).await?;
            match by_key.get(&key).map(Vec::as_slice).unwrap_or_default() {
                [] => Ok(None),
                [row] => Ok(Some(Arc::clone(row))),
                rows => {
                    let statement = self.inner.sql.fingerprint().clone();
                    let rows = rows.len() as u64;
                    Err(Reason::TooManyRows { statement, call_site, rows }.into())
                }
            }
        })
    }

    /// All rows of this key, in the order of the statement.
    ///
    /// # Errors
    /// When the statement fails, for each lookup that was sent with it.
    ///
    /// # Cancel safety
    /// As [`load`](Self::load).
    ///
    /// # Cost
    /// As [`load`](Self::load).
    #[track_caller]
    pub fn load_all<'a, S: LoadFrom>(
        &'a self,
        from: &'a S,
        key: impl Into<K>,
    ) -> Pending<'a, Vec<Arc<Row>>> {
        let (call_site, key) = (CallSite::here(), key.into());
        Box::pin(async move {
            let by_key = self.answer(from, &key, call_site).await?;
            Ok(by_key.get(&key).cloned().unwrap_or_default())
        })
    }

    async fn answer<S: LoadFrom>(
        &self,
        from: &S,
        key: &K,
        call_site: CallSite,
    ) -> Result<Arc<ByKey<K>>, DbError> {
        let batch = self.join(from, key, call_site).await;
        Ok(batch.running().await.map_err(Reason::Shared)?)
    }

    /// The batch of this group that still takes keys, or a new one, which has gathered others then.
    async fn join<S: LoadFrom>(&self, from: &S, key: &K, call_site: CallSite) -> Arc<Batch<K>> {
        let group = Group::of(from);
        // The lock is given back first: the end of a batch takes it.
        let open = self.inner.open.lock().get(&group).and_then(Weak::upgrade);
        if let Some(batch) = open
            && batch.takes(key)
        {
            return batch;
        }
        let batch = Batch::new(&self.inner, group.clone(), key.clone(), from.clone(), call_site);
        let batch = Arc::new(batch);
        self.inner.open.lock().insert(group, Arc::downgrade(&batch));
        batch.gather().await;
        batch
    }
}

impl<K> Clone for Loader<K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<K> fmt::Debug for Loader<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { sql, key, max_keys, .. } = &*self.inner;
        f.debug_struct("Loader")
            .field("sql", sql)
            .field("key", key)
            .field("max_keys", max_keys)
            .finish_non_exhaustive()
    }
}
