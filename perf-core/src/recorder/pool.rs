use serde::Serialize;

use super::connections::{ServerConnections, TellConnections};
use super::failures::Failures;
use super::server_state::{ServerState, TellServer};
use super::source::Source;
use crate::event::{HoldEvent, Name, PoolEvent};
use crate::metric::{Histogram, Latency};
use crate::sync::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(crate) struct PoolSeries {
    wait: Histogram,
    hold: Histogram,
    failures: Failures,
    in_use: AtomicU64,
    max_size: AtomicU64,
    pub(super) server: Source<dyn TellServer>,
    pub(super) connections: Source<dyn TellConnections>,
}

impl PoolSeries {
    pub(crate) fn count(&self, event: &PoolEvent<'_>) {
        self.wait.record(event.wait);
        self.failures.count(event.outcome);
        self.in_use.store(event.in_use, Ordering::Relaxed);
        self.max_size.store(event.max_size, Ordering::Relaxed);
    }

    pub(crate) fn count_hold(&self, event: &HoldEvent<'_>) {
        self.hold.record(event.held);
    }

    pub(crate) fn stats(&self, name: &Name) -> PoolStats {
        PoolStats {
            pool: name.as_str().to_owned(),
            wait: self.wait.summary(),
            hold: self.hold.summary(),
            errors: self.failures.errors.value(),
            cancelled: self.failures.cancelled.value(),
            in_use: self.in_use.load(Ordering::Relaxed),
            max_size: self.max_size.load(Ordering::Relaxed),
            connections: self.connections.teller().and_then(|pool| pool.connections()),
            server: self.server.teller().map(|server| server.state()),
        }
    }
}

/// What is known about one pool of connections.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PoolStats {
    /// The pool's name.
    pub pool: String,
    /// How long callers waited for a connection.
    pub wait: Latency,
    /// How long they held those that they have given back.
    pub hold: Latency,
    /// Checkouts that failed, time-outs among them.
    pub errors: u64,
    /// Checkouts given up by the caller.
    pub cancelled: u64,
    /// Connections in use at the last checkout.
    pub in_use: u64,
    /// Connections that the pool may hold.
    pub max_size: u64,
    /// What the server has; `None` until the pool has asked it.
    pub connections: Option<ServerConnections>,
    /// How the server is; `None` for a database of one server.
    pub server: Option<ServerState>,
}
