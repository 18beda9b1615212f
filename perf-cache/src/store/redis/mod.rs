//! The store in Redis: one, a cluster, or one behind Sentinel.
//!
//! - A key has one command or one script on the server, and its reply is the answer; reads that meet
//!   share one. Nothing is repeated here: a command that fails may have been done, and whoever sent it
//!   decides.
//! - Commands and the channel have a connection each. On a cluster the channel is heard at one node,
//!   which is told by all others; notices that different nodes send may come in another order.
//! - Behind Sentinel, a primary that was cut off from the others answers reads until it has noticed.

#[cfg(feature = "cluster")]
mod cluster;
mod connect;
mod connection;
mod ear;
mod failure;
#[cfg(all(feature = "cluster", any(test, fuzzing)))]
pub(crate) mod fuzz;
mod gather;
mod info;
mod link;
mod listen;
mod names;
mod placeholder;
mod script;
#[cfg(feature = "sentinel")]
mod sentinel;
mod sweep;
mod target;
#[cfg(test)]
mod tests;
mod tracking;
mod trust;
mod values;
mod versions;
mod wire;

use std::fmt;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use redis::{ErrorKind, FromRedisValue, ServerErrorKind, cmd};
use tokio::sync::mpsc;

use self::connect::Lost;
use self::gather::Gather;
use self::link::Link;
use self::names::Names;
use self::script::{Script, Scripts};
use self::tracking::{Expected, Own};
pub(crate) use self::trust::Trust;
use super::{
    Base, Found, Generation, Heard, Lease, Node, Reply, Store, StoreError, Sweep, TagState, Ticket,
    World,
};
use crate::fence::{TagId, Version};

/// How long a new store waits for its Redis, and each later connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Thirty thousand years: with the server's clock added, the sum still is a number to Redis.
const LONGEST_MS: u64 = 1 << 50;

/// What the store has to know beside the URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct RedisSettings {
    /// What the names of all keys begin with.
    pub(crate) prefix: String,
    /// Whether to hear of keys that others write or remove (`CLIENT TRACKING`, Redis 6; not on a
    /// cluster). See `tracking.rs` for what that cannot tell.
    pub(crate) tracking: bool,
    /// Who may sign the certificate of the server.
    pub(crate) trust: Trust,
}

/// Redis as a [`Store`].
pub(crate) struct RedisStore {
    link: Link,
    names: Names,
    scripts: Scripts,
    /// Not on a cluster.
    gather: Option<Arc<Gather>>,
    /// With tracking.
    own: Option<Own>,
}

impl RedisStore {
    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&[u8]],
        args: &[&[u8]],
    ) -> Result<T, StoreError> {
        let answer = match self.link.query(&script.by_hash(keys, args)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.link.query(&script.whole(keys, args)).await
            }
            answer => answer,
        };
        Ok(answer?)
    }

    fn expect(&self, key: &str) -> Expected {
        self.own.as_ref().map_or_else(Expected::nothing, |own| own.expect(key))
    }
}

impl Store for RedisStore {
    fn read<'a>(&'a self, keys: &'a [&'a str]) -> Reply<'a, Vec<Found>> {
        Box::pin(self.read_values(keys))
    }

    fn read_head<'a>(&'a self, key: &'a str, length: usize) -> Reply<'a, Option<Vec<u8>>> {
        Box::pin(self.first_bytes(self.names.value(key), length))
    }

    fn lease<'a>(&'a self, key: &'a str, keep: Duration) -> Reply<'a, Lease> {
        Box::pin(self.lease_value(key, keep))
    }

    fn reopen<'a>(
        &'a self,
        key: &'a str,
        generation: Generation,
        keep: Duration,
        ticket: Ticket,
    ) -> Reply<'a, Version> {
        Box::pin(self.reopen_value(key, generation, keep, ticket))
    }

    fn publish<'a>(
        &'a self,
        key: &'a str,
        base: &'a Base,
        bytes: &'a [u8],
        keep: Duration,
    ) -> Reply<'a, bool> {
        Box::pin(self.publish_value(key, base, bytes, keep))
    }

    fn remove<'a>(&'a self, key: &'a str, ticket: Ticket) -> Reply<'a, ()> {
        Box::pin(self.remove_value(key, ticket))
    }

    fn tags<'a>(&'a self, tags: &'a [TagId], keep: Duration) -> Reply<'a, Vec<TagState>> {
        Box::pin(self.tag_states(tags, keep))
    }

    fn invalidate_tag<'a>(
        &'a self,
        tag: TagId,
        keep: Duration,
        ticket: Ticket,
    ) -> Reply<'a, Version> {
        Box::pin(self.new_tag_version(tag, keep, ticket))
    }

    fn invalidate_all(&self, ticket: Ticket) -> Reply<'_, Version> {
        Box::pin(self.new_version_of_all(ticket))
    }

    fn invalidate_matching<'a>(&'a self, pattern: &'a str, ticket: Ticket) -> Reply<'a, Version> {
        Box::pin(self.new_rule(pattern, ticket))
    }

    fn retire(&self, rule: Version) -> Reply<'_, ()> {
        Box::pin(self.retire_rule(rule))
    }

    fn world(&self) -> Reply<'_, World> {
        Box::pin(self.world_now())
    }

    fn sweep<'a>(&'a self, pattern: &'a str, from: Sweep, limit: usize) -> Reply<'a, Sweep> {
        Box::pin(self.sweep_some(pattern, from, limit))
    }

    fn beat(&self, ticket: Ticket, beat: u64) -> Reply<'_, ()> {
        Box::pin(async move {
            let mut publish = cmd("PUBLISH");
            publish.arg(self.names.channel()).arg(wire::beat(ticket, beat));
            Ok(self.link.query(&publish).await?)
        })
    }

    fn listen(self: Arc<Self>) -> mpsc::Receiver<Heard> {
        listen::start(self)
    }

    fn save_hottest<'a>(&'a self, list: &'a [u8], keep: Duration) -> Reply<'a, ()> {
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(self.names.hottest()).arg(list).arg("PX").arg(milliseconds(keep));
            Ok(self.link.query(&set).await?)
        })
    }

    fn stored_hottest(&self, longest: usize) -> Reply<'_, Option<Vec<u8>>> {
        Box::pin(self.first_bytes(self.names.hottest(), longest))
    }

    fn nodes(&self) -> Reply<'_, Vec<Node>> {
        Box::pin(self.ask_nodes())
    }

    fn reconnect(&self) {
        self.link.replace();
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("names", &self.names)
            .field("tracking", &self.own.is_some())
            .finish_non_exhaustive()
    }
}

/// As Redis takes it: at least one, for it refuses zero.
fn milliseconds(keep: Duration) -> String {
    let ms = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
    ms.clamp(1, LONGEST_MS).to_string()
}
