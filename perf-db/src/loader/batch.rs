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
use perf_core::{CallSite, FutureExt as _};
use tokio::task::JoinHandle;
use tokio_postgres::types::{FromSqlOwned, ToSql};

use super::Inner;
use super::group::{Group, LoadFrom};
use crate::error::{DbError, Reason};
use crate::row::Row;
use crate::statement::{Answer, Call, Failure};

type ByKey<K> = HashMap<K, Vec<Arc<Row>>, RandomState>;
type Outcome<K> = Result<Arc<ByKey<K>>, Arc<DbError>>;

/// A statement on its way; each lookup has a clone, and the end of the last one cancels it.
pub(super) type Running<K> = Shared<Pin<Box<dyn Future<Output = Outcome<K>> + Send>>>;

/// The lookups of one statement.
pub(super) struct Batch<K> {
    loader: Arc<Inner<K>>,
    group: Group,
    /// The line of the first lookup.
    call_site: CallSite,
    state: Mutex<State<K>>,
}

enum State<K> {
    Gathering(HashSet<K, RandomState>),
    Running(Running<K>),
}

impl<K> Batch<K>
where
    K: ToSql + FromSqlOwned + Clone + Eq + Hash + Send + Sync + 'static,
{
    pub(super) fn new(loader: &Arc<Inner<K>>, group: Group, key: K, call_site: CallSite) -> Self {
        let keys = HashSet::from_iter([key]);
        let state = Mutex::new(State::Gathering(keys));
        Self { loader: Arc::clone(loader), group, call_site, state }
    }

    /// Takes the key in, unless the batch is on its way.
    pub(super) fn takes(&self, key: &K) -> bool {
        let State::Gathering(keys) = &mut *self.state.lock() else { return false };
        keys.insert(key.clone());
        true
    }

    /// The statement, once no more lookups come.
    ///
    /// Every lookup sees to it by itself, so that one which is dropped, or not polled again for a
    /// while, holds up no other. It yields once, to the end of the queue: what was ready by then has
    /// had its turn before it has its second one.
    pub(super) async fn gathered<S: LoadFrom>(&self, from: &S) -> Running<K> {
        let mut had_turn = false;
        let running = poll_fn(|cx| {
            let mut state = self.state.lock();
            let keys = match &mut *state {
                State::Running(running) => return Poll::Ready(running.clone()),
                State::Gathering(_) if !mem::replace(&mut had_turn, true) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                State::Gathering(keys) => mem::take(keys),
            };
            let running = self.start(from.clone(), keys.into_iter().collect());
            *state = State::Running(running.clone());
            Poll::Ready(running)
        })
        .await;
        self.close();
        running
    }

    /// In a task of its own, so that the answer does not wake every lookup for each packet.
    fn start<S: LoadFrom>(&self, from: S, keys: Vec<K>) -> Running<K> {
        let (loader, call_site) = (Arc::clone(&self.loader), self.call_site);
        let lookup = look_up(loader, from, keys, call_site).in_current_scope();
        let mut task = Task(tokio::spawn(lookup));
        let outcome: Pin<Box<dyn Future<Output = Outcome<K>> + Send>> = Box::pin(async move {
            match (&mut task.0).await {
                Ok(outcome) => outcome.map(Arc::new).map_err(Arc::new),
                Err(_) => Err(Arc::new(Reason::Loader.into())),
            }
        });
        outcome.shared()
    }
}

impl<K> Batch<K> {
    /// Makes room for the next batch of the group.
    fn close(&self) {
        let mut open = self.loader.open.lock();
        if open.get(&self.group).is_some_and(|batch| std::ptr::eq(batch.as_ptr(), self)) {
            open.remove(&self.group);
        }
    }
}

/// Also when all its lookups are dropped before it was sent.
impl<K> Drop for Batch<K> {
    fn drop(&mut self) {
        self.close();
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
    let exchange = async {
        let (sql, mut rows) = (call.sql().text(), Vec::new());
        for piece in pieces {
            let parameters: [&(dyn ToSql + Sync); 1] = [&piece];
            rows.append(&mut Vec::receive(connection, sql, &parameters).await?);
        }
        Ok::<_, Failure>(rows)
    };
    from.noted(call.fly(&loan, exchange, |rows: &Vec<Row>| rows.rows()).await)
}
