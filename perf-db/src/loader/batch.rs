use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::hash::Hash;
use std::mem;
use std::pin::Pin;
use std::slice::Chunks;
use std::task::Poll;

use foldhash::fast::RandomState;
use futures_util::FutureExt as _;
use futures_util::future::Shared;
use perf_core::sync::{Arc, Mutex};
use perf_core::time::Duration;
use perf_core::{CallSite, FutureExt as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::{FromSqlOwned, ToSql};

use super::Inner;
use super::group::{Group, LoadFrom};
use crate::error::{DbError, Reason};
use crate::row::Row;
use crate::statement::{Answer, Call, Failure};

/// Shared by all lookups of a statement.
pub(super) type ByKey<K> = HashMap<K, Vec<Arc<Row>>, RandomState>;
type Outcome<K> = Result<Arc<ByKey<K>>, Arc<DbError>>;

/// A statement on its way; each lookup has a clone, and the end of the last one cancels it.
pub(super) type Running<K> = Shared<Pin<Box<dyn Future<Output = Outcome<K>> + Send>>>;

/// The first lookup says when its turn comes again; where it is dropped or not polled, the others
/// wait no longer than this.
const MAX_WAIT: Duration = Duration::from_millis(1);

/// The lookups of one statement.
pub(super) struct Batch<K> {
    loader: Arc<Inner<K>>,
    group: Group,
    gathering: Arc<Gathering<K>>,
    running: Running<K>,
}

/// What a batch and its statement share.
struct Gathering<K> {
    /// `None` once they are sent.
    keys: Mutex<Option<HashSet<K, RandomState>>>,
    is_over: Notify,
}

impl<K> Batch<K>
where
    K: ToSql + FromSqlOwned + Clone + Eq + Hash + Send + Sync + 'static,
{
    /// The statement is a task of its own, so that it outlives any one of its lookups, and its
    /// answer does not wake each of them for each packet.
    pub(super) fn new<S: LoadFrom>(
        loader: &Arc<Inner<K>>,
        group: Group,
        key: K,
        from: S,
        call_site: CallSite,
    ) -> Self {
        let keys = Mutex::new(Some(HashSet::from_iter([key])));
        let gathering = Arc::new(Gathering { keys, is_over: Notify::new() });
        let statement = {
            let (loader, gathering) = (Arc::clone(loader), Arc::clone(&gathering));
            async move {
                _ = timeout(MAX_WAIT, gathering.is_over.notified()).await;
                let keys = gathering.keys.lock().take().unwrap_or_default();
                look_up(loader, from, keys.into_iter().collect(), call_site).await
            }
        };
        let mut task = Task(tokio::spawn(statement.in_current_scope()));
        let outcome: Pin<Box<dyn Future<Output = Outcome<K>> + Send>> = Box::pin(async move {
            match (&mut task.0).await {
                Ok(outcome) => outcome.map(Arc::new).map_err(Arc::new),
                Err(_) => Err(Arc::new(Reason::Loader.into())),
            }
        });
        Self { loader: Arc::clone(loader), group, gathering, running: outcome.shared() }
    }

    /// Takes the key in, unless the batch is on its way.
    pub(super) fn takes(&self, key: &K) -> bool {
        let mut keys = self.gathering.keys.lock();
        let Some(keys) = &mut *keys else { return false };
        keys.insert(key.clone());
        true
    }

    /// Waits, as the first lookup, to the end of the queue: what was ready by now has had its turn
    /// then.
    pub(super) async fn gather(&self) {
        let mut had_turn = false;
        poll_fn(|cx| {
            if mem::replace(&mut had_turn, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.gathering.is_over.notify_one();
    }

    pub(super) fn running(&self) -> Running<K> {
        self.running.clone()
    }
}

/// Nobody waits for it any longer.
impl<K> Drop for Batch<K> {
    fn drop(&mut self) {
        let mut open = self.loader.open.lock();
        if open.get(&self.group).is_some_and(|batch| std::ptr::eq(batch.as_ptr(), self)) {
            open.remove(&self.group);
        }
    }
}

struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn look_up<K, S>(
    loader: Arc<Inner<K>>,
    from: S,
    keys: Vec<K>,
    call_site: CallSite,
) -> Result<ByKey<K>, DbError>
where
    K: ToSql + FromSqlOwned + Eq + Hash + Send + Sync,
    S: LoadFrom,
{
    let parameters: [&(dyn ToSql + Sync); 1] = [&keys];
    let call = Call::at(loader.sql.clone(), &parameters, call_site);
    let rows: Vec<Row> = match keys.len() <= loader.max_keys {
        true => from.dispatch(&call).await?,
        false => in_turn(&from, &call, keys.chunks(loader.max_keys)).await?,
    };
    let mut by_key = ByKey::with_capacity_and_hasher(keys.len(), RandomState::default());
    for row in rows {
        let key: K = row.try_get(&*loader.key)?;
        by_key.entry(key).or_default().push(Arc::new(row));
    }
    Ok(by_key)
}

/// Pieces of the keys one after the other over one connection, recorded as the one thing that they
/// are to whoever asked.
async fn in_turn<K: ToSql + Sync>(
    from: &impl LoadFrom,
    call: &Call<'_>,
    pieces: Chunks<'_, K>,
) -> Result<Vec<Row>, DbError> {
    from.admit(call)?;
    let loan = from.lend(call.call_site()).await?;
    let connection = loan.connection()?;
    let write = from.may_write(call).then(|| from.write_over(&loan));
    let exchange = async {
        let (sql, mut rows) = (call.sql().text(), Vec::new());
        for piece in pieces {
            let parameters: [&(dyn ToSql + Sync); 1] = [&piece];
            rows.append(&mut Vec::receive(connection, sql, &parameters).await?);
        }
        Ok::<_, Failure>(rows)
    };
    let outcome = call.fly(&loan, exchange, |rows: &Vec<Row>| rows.rows()).await;
    if let Some(write) = write {
        // Pieces that were done before one failed last.
        write.done(&loan).await;
    }
    from.noted(outcome)
}
