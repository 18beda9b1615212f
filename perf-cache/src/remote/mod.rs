//! The tier in Redis: bytes under prefixed keys, every operation with a time limit.

mod connect;

use std::fmt;

use perf_core::time::Duration;
use redis::aio::ConnectionManager;
use redis::{FromRedisValue, cmd};
use tokio::runtime::Handle;

/// What the builder says about Redis.
#[derive(Debug)]
pub(crate) struct RemoteSettings {
    pub(crate) prefix: String,
    pub(crate) time_limit: Duration,
    pub(crate) max_value_bytes: u64,
}

/// One Redis, reached over a connection that mends itself.
pub(crate) struct RemoteTier {
    connection: ConnectionManager,
    settings: RemoteSettings,
    /// Where work goes on that its caller does not wait for.
    pub(crate) runtime: Handle,
}

/// An operation failed or took too long. Whoever is told counts it and goes on without Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unavailable;

impl RemoteTier {
    /// The bytes under a key; `None` also when they are larger than the largest value.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let get = cmd("GET").arg(self.name(key)).take();
        let bytes: Option<Vec<u8>> = self.run(&get).await?;
        Ok(bytes.filter(|bytes| self.fits(bytes)))
    }

    /// Stores the bytes for `ttl_ms`; those larger than the largest value are left out.
    pub(crate) async fn set(
        &self,
        key: &str,
        bytes: &[u8],
        ttl_ms: u64,
    ) -> Result<(), Unavailable> {
        if !self.fits(bytes) {
            return Ok(());
        }
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(bytes).arg("PX").arg(ttl_ms);
        self.run(&set).await
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        self.run(&cmd("DEL").arg(self.name(key)).take()).await
    }

    async fn run<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, Unavailable> {
        let mut connection = self.connection.clone();
        let reply = command.query_async(&mut connection);
        match tokio::time::timeout(self.settings.time_limit, reply).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => {
                tracing::debug!(%error, "Redis failed");
                Err(Unavailable)
            }
            Err(_) => {
                tracing::debug!(limit = ?self.settings.time_limit, "Redis took too long");
                Err(Unavailable)
            }
        }
    }

    fn name(&self, key: &str) -> String {
        format!("{}:{key}", self.settings.prefix)
    }

    fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() as u64 <= self.settings.max_value_bytes
    }
}

impl fmt::Debug for RemoteTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteTier").field("settings", &self.settings).finish_non_exhaustive()
    }
}
