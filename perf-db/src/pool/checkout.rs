use std::pin::pin;

use deadpool::managed::PoolError;
use futures_util::future::poll_immediate;
use perf_core::time::{self, Instant};
use perf_core::{CallSite, EventOutcome, PoolEvent};
use tokio::time::timeout;

use super::{Lease, Pool};
use crate::error::{DbError, Reason};

impl Pool {
    /// A connection that nobody else uses.
    pub(crate) async fn lease(&self, call_site: CallSite) -> Result<Lease, DbError> {
        let checkout = Checkout::begin(self, call_site);
        let mut free = pin!(self.inner.get());
        let found = match poll_immediate(free.as_mut()).await {
            Some(found) => Ok(found),
            // Only who must wait pays for a timer and the room for it.
            None => Box::pin(timeout(self.acquire_timeout, free)).await,
        };
        let now = checkout.ended(matches!(found, Ok(Ok(_))));
        match found {
            Ok(Ok(object)) => Ok(Lease::new(object, call_site, now)),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(_)) => Err(Reason::Closed.into()),
            Err(_) => Err(self.timed_out().into()),
        }
    }

    /// Without a free place the others are to blame, with one the server is.
    fn timed_out(&self) -> Reason {
        let waited = self.acquire_timeout;
        let status = self.inner.status();
        if status.size < status.max_size {
            let servers = self.inner.manager().address().servers.clone();
            Reason::Silent { servers, waited }
        } else {
            let max_size = status.max_size;
            let holders = self.inner.manager().roster.holders_for_error();
            Reason::Exhausted { waited, max_size, holders }
        }
    }
}

/// Records the checkout when it ends, by whatever way.
struct Checkout<'a> {
    pool: &'a Pool,
    call_site: CallSite,
    started: Instant,
    ended: Option<(Instant, EventOutcome)>,
}

impl<'a> Checkout<'a> {
    fn begin(pool: &'a Pool, call_site: CallSite) -> Self {
        Self { pool, call_site, started: time::now(), ended: None }
    }

    fn ended(mut self, is_ok: bool) -> Instant {
        let now = time::now();
        let outcome = if is_ok { EventOutcome::Ok } else { EventOutcome::Error };
        self.ended = Some((now, outcome));
        now
    }
}

impl Drop for Checkout<'_> {
    fn drop(&mut self) {
        let given_up = || (time::now(), EventOutcome::Cancelled);
        let (now, outcome) = self.ended.unwrap_or_else(given_up);
        let status = self.pool.inner.status();
        let in_use = status.size.saturating_sub(status.available);
        PoolEvent::new(&self.pool.name, now - self.started, outcome)
            .call_site(self.call_site)
            .size(in_use as u64, status.max_size as u64)
            .record();
    }
}
