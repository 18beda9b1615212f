//! What the servers say of their memory.
//!
//! `INFO` without a section is understood by all versions alike, and has what `CONFIG GET` would have
//! been needed for: a user of a managed Redis has no right to that.

#[cfg(feature = "cluster")]
use futures_util::future::join_all;
use perf_core::recorder::RedisNode;
use redis::{RedisResult, cmd};

use super::{RedisStore, failure};
#[cfg(feature = "cluster")]
use crate::store::redis::{cluster, connection::Connection};
use crate::store::{Node, StoreError};

/// Primaries of a cluster that are asked; those with the highest slots are left out.
#[cfg(feature = "cluster")]
const MAX_NODES: usize = 64;

/// A policy of Redis has no longer name.
const LONGEST_NAME: usize = 32;

impl RedisStore {
    pub(super) async fn ask_nodes(&self) -> Result<Vec<Node>, StoreError> {
        #[cfg(feature = "cluster")]
        if let Connection::Cluster(connection) = self.link.connection() {
            let mut primaries = cluster::primaries(connection.clone()).await?;
            primaries.truncate(MAX_NODES);
            let asked = primaries.iter().map(|primary| {
                let connection = connection.clone();
                async move {
                    let info = cluster::ask(connection, primary, cmd("INFO")).await;
                    Ok(allowed(info)?.map(|node| at(node, primary.address())))
                }
            });
            let nodes: RedisResult<Vec<_>> = join_all(asked).await.into_iter().collect();
            return Ok(nodes?.into_iter().flatten().collect());
        }
        let node = allowed(self.link.query(&cmd("INFO")).await)?;
        Ok(node.into_iter().collect())
    }
}

/// A user without the right to ask, and a proxy that does not know the command, know nothing.
fn allowed(answer: RedisResult<String>) -> RedisResult<Option<Node>> {
    match answer {
        Ok(info) => Ok(read(&info)),
        Err(error) if failure::is_answer(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(feature = "cluster")]
fn at(mut node: Node, address: Option<String>) -> Node {
    node.told.address = address;
    node
}

/// `None` for a server that does not tell how much it uses and may use.
fn read(info: &str) -> Option<Node> {
    let text = |name: &str| {
        let mut pairs = info.lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value.trim())
    };
    let number = |name| text(name)?.parse::<u64>().ok();
    let mut told = RedisNode::default();
    told.used_bytes = number("used_memory")?;
    told.max_bytes = number("maxmemory")?;
    told.eviction_policy = text("maxmemory_policy")?.chars().take(LONGEST_NAME).collect();
    told.resident_bytes = number("used_memory_rss").unwrap_or(0);
    told.system_bytes = number("total_system_memory").unwrap_or(0);
    told.evicted_keys = number("evicted_keys").unwrap_or(0);
    told.keyspace_hits = number("keyspace_hits").unwrap_or(0);
    told.keyspace_misses = number("keyspace_misses").unwrap_or(0);
    Some(Node { run: text("run_id").unwrap_or_default().to_owned(), told })
}
