use deadpool::managed::PoolError;
use perf_core::time::{self, Instant};
use perf_core::{CallSite, EventOutcome, PoolEvent};

use super::{Lease, Pool};
use crate::error::{DbError, Reason};

impl Pool {
    /// A connection that nobody else uses.
    pub(crate) async fn lease(&self, call_site: CallSite) -> Result<Lease, DbError> {
        let mut checkout =
            Checkout { pool: self, started: time::now(), outcome: EventOutcome::Cancelled };
        let found = tokio::time::timeout(self.acquire_timeout, self.inner.get()).await;
        if matches!(found, Ok(Ok(_))) {
            checkout.outcome = EventOutcome::Ok;
        } else {
            checkout.outcome = EventOutcome::Error;
        }
        match found {
            Ok(Ok(object)) => Ok(Lease::new(object, call_site)),
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
            Reason::Exhausted { waited, max_size }
        }
    }
}

/// Records the checkout when it ends, by whatever way.
struct Checkout<'a> {
    pool: &'a Pool,
    started: Instant,
    outcome: EventOutcome,
}

impl Drop for Checkout<'_> {
    fn drop(&mut self) {
        let status = self.pool.inner.status();
        let in_use = status.size.saturating_sub(status.available);
        PoolEvent::new(&self.pool.name, time::now() - self.started, self.outcome)
            .size(in_use as u64, status.max_size as u64)
            .record();
    }
}
