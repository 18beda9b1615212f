//! Connections: opened, kept, handed out one at a time, and never handed out busy.

mod cancel;
mod cancel_request;
mod checkout;
mod connection;
mod lease;
mod manager;

use std::fmt;

use deadpool::managed::{self, PoolConfig, QueueMode};
use perf_core::Name;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio_postgres::Config;

use self::manager::Manager;
use crate::address::Address;
use crate::error::{DbError, Reason};
use crate::statement::Protocol;

pub(crate) use self::connection::Connection;
pub(crate) use self::lease::Lease;

type Object = managed::Object<Manager>;

pub(crate) struct Settings {
    pub(crate) name: Name,
    pub(crate) max_size: usize,
    pub(crate) acquire_timeout: Duration,
    pub(crate) protocol: Arc<Protocol>,
}

pub(crate) struct Pool {
    inner: managed::Pool<Manager>,
    name: Name,
    acquire_timeout: Duration,
}

impl Pool {
    pub(crate) fn new(
        config: Config,
        address: Address,
        settings: Settings,
    ) -> Result<Self, DbError> {
        let mut pool_config = PoolConfig::new(settings.max_size);
        // The connection used last has the statements of the current load.
        pool_config.queue_mode = QueueMode::Lifo;
        let manager = Manager::new(config, address, settings.protocol);
        let inner = managed::Pool::builder(manager)
            .config(pool_config)
            .build()
            .map_err(|_| Reason::Closed)?;
        Ok(Self { inner, name: settings.name, acquire_timeout: settings.acquire_timeout })
    }

    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Connections in use, and callers that wait for one.
    pub(crate) fn in_flight(&self) -> usize {
        let status = self.inner.status();
        status.size.saturating_sub(status.available) + status.waiting
    }

    /// A connection that does not belong to the pool.
    pub(crate) async fn open(&self) -> Result<Connection, DbError> {
        managed::Manager::create(self.inner.manager()).await
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name.as_str())
            .field("status", &self.inner.status())
            .finish_non_exhaustive()
    }
}
