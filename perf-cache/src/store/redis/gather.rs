//! Reads of one key that meet go to the server together.
//!
//! A caller alone sends its own `GET` at once. While one is under way, those that are asked for in the
//! same turn of the runtime become one `MGET`: server, client library and connection take less for each
//! key then, and nobody waits for an answer that is not its own. Not on a cluster, where the keys of one
//! command lie on several nodes, and one that is down would fail them all.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::pin;
use std::task::Poll;

use perf_core::sync::{Arc, AtomicUsize, Mutex, Ordering};
use redis::cmd;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::link::Link;
use super::{failure, placeholder};
use crate::store::{Found, StoreError};

/// Keys in one command: enough that its own costs are shared, few enough that the server is not held up.
const AT_ONCE: usize = 64;

#[derive(Default)]
pub(super) struct Gather {
    /// Callers that wait for an answer.
    under_way: AtomicUsize,
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    name: String,
    answer: oneshot::Sender<Result<Found, StoreError>>,
}

/// Counts a caller until it is answered or dropped.
pub(super) struct UnderWay<'a> {
    gather: &'a Gather,
    pub(super) is_alone: bool,
}

impl Gather {
    pub(super) fn enter(&self) -> UnderWay<'_> {
        let is_alone = self.under_way.fetch_add(1, Ordering::Relaxed) == 0;
        UnderWay { gather: self, is_alone }
    }

    /// Reads the key of this name together with others.
    pub(super) async fn read(
        self: &Arc<Self>,
        link: &Link,
        name: String,
    ) -> Result<Found, StoreError> {
        let (answer, answered) = oneshot::channel();
        let (is_first, full) = {
            let mut waiting = self.waiting.lock();
            waiting.push(Waiting { name, answer });
            let full = waiting.len() == AT_ONCE;
            (waiting.len() == 1, full.then(|| mem::take(&mut *waiting)))
        };
        // In tasks of their own: a caller may be polled once and then never again, and others must not
        // wait for it.
        if let Some(full) = full {
            link.runtime().spawn(send(link.clone(), full));
        } else if is_first {
            let (gather, link) = (self.clone(), link.clone());
            link.runtime().clone().spawn(async move {
                yield_now().await;
                let gathered = mem::take(&mut *gather.waiting.lock());
                send(link, gathered).await;
            });
        }
        answered.await.unwrap_or_else(|_| {
            Err(StoreError { reason: "the runtime of the connection was shut down".to_owned() })
        })
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.gather.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks the server, for as long as somebody waits: the time limit is the callers'.
async fn send(link: Link, mut waiting: Vec<Waiting>) {
    // Others may have taken them along.
    if waiting.is_empty() {
        return;
    }
    let mut mget = cmd("MGET");
    waiting.iter().for_each(|waiting| _ = mget.arg(&waiting.name));
    let mut asking = pin!(link.query::<Vec<Option<Vec<u8>>>>(&mget));
    let answer = poll_fn(|context| {
        if let Poll::Ready(answer) = asking.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        let is_deserted =
            waiting.iter_mut().all(|waiting| waiting.answer.poll_closed(context).is_ready());
        if is_deserted { Poll::Ready(None) } else { Poll::Pending }
    });
    let found: Vec<Result<Found, StoreError>> = match answer.await {
        None => return,
        Some(Ok(values)) if values.len() == waiting.len() => {
            values.into_iter().map(|value| Ok(placeholder::found(value))).collect()
        }
        Some(Ok(_)) => waiting.iter().map(|_| Err(failure::unexpected("MGET"))).collect(),
        Some(Err(error)) => waiting.iter().map(|_| Err((&error).into())).collect(),
    };
    for (waiting, found) in waiting.into_iter().zip(found) {
        // It may have left.
        _ = waiting.answer.send(found);
    }
}
