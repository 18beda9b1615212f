//! A Redis Cluster of six processes.

mod node;
mod setup;
mod view;

use self::node::Node;
use self::view::View;
use crate::{Error, Reply, ledger, replication, resp, settle};

const NAME: &str = "a Redis cluster";
const PRIMARIES: usize = 3;
const NODES: usize = 2 * PRIMARIES;

/// A private Redis Cluster on 127.0.0.1: three primaries with one replica each.
///
/// Nodes have the numbers 0 to 5. At first 0, 1 and 2 are the primaries of a third of the slots
/// each, and 3, 4 and 5 their replicas in the same order. A failover swaps roles, not numbers.
///
/// A primary counts as failed after 2 s of silence; its replica takes over 1 to 2 s later. Until
/// then the whole cluster refuses commands (`cluster-require-full-coverage`, as by default).
/// Nothing is kept on disk but who belongs to whom. Dropping it ends all six.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Node>,
}

impl RedisCluster {
    /// Runs a cluster and waits until every node finds it complete and each replica is linked to
    /// its primary. Takes a few seconds.
    ///
    /// # Errors
    /// When Redis is not installed, a node does not start, or they do not agree.
    pub fn start() -> Result<Self, Error> {
        ledger::record("redis");
        let cluster = Self { nodes: setup::start_nodes(NODES)? };
        setup::join(&cluster.nodes)?;
        cluster.await_complete()?;
        Ok(cluster)
    }

    /// The address by the first three nodes:
    /// `redis+cluster://127.0.0.1:P1,127.0.0.1:P2,127.0.0.1:P3`.
    pub fn url(&self) -> String {
        let seeds = self.nodes.iter().take(PRIMARIES);
        let seeds: Vec<String> = seeds.map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis+cluster://{}", seeds.join(","))
    }

    /// The ports of all nodes, by number. They stay the same.
    pub fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(Node::port).collect()
    }

    /// The number of the primary that has the key's slot, as the running nodes see it. One that
    /// was killed has the slot until its replica has taken over.
    ///
    /// # Errors
    /// [`Error::Redis`] when no node answers or nobody has the slot.
    pub fn primary_of(&self, key: &str) -> Result<usize, Error> {
        let slot = self.slot(key)?;
        let owners = self.views().into_iter().flatten().filter_map(|view| view.owner(slot));
        owners
            .max_by_key(|owner| owner.epoch)
            .and_then(|owner| self.number(owner.port))
            .ok_or_else(|| refused("no node knows who has the slot"))
    }

    /// Waits until a running node is the primary of the key's slot and all running nodes find the
    /// cluster complete under it; returns its number. At once where nothing has failed. 90 s at
    /// most.
    ///
    /// # Errors
    /// [`Error::Unsettled`] when that takes too long, as with a primary and its replica killed.
    pub fn await_new_primary(&self, key: &str) -> Result<usize, Error> {
        let slot = self.slot(key)?;
        settle::until(NAME, || {
            let mut agreed = None;
            for (index, view) in self.views().into_iter().enumerate() {
                if !self.nodes[index].runs() {
                    continue;
                }
                let view = view.ok_or_else(|| format!("node {index} does not answer"))?;
                if !view.is_ok {
                    return Err(format!("node {index} finds the cluster incomplete"));
                }
                let owner = view.owner(slot).and_then(|owner| self.number(owner.port));
                let owner = owner.ok_or_else(|| format!("node {index} knows no primary"))?;
                if *agreed.get_or_insert(owner) != owner {
                    return Err(format!("node {index} takes node {owner} for the primary"));
                }
            }
            match agreed {
                Some(owner) if self.nodes[owner].runs() => Ok(owner),
                _ => Err("nobody took over".to_owned()),
            }
        })
    }

    /// Waits until all six nodes run, find the cluster complete, and each of the three replicas is
    /// linked to its primary. 90 s at most.
    ///
    /// # Errors
    /// [`Error::Unsettled`] when that takes too long, as it does with a node killed or frozen.
    pub fn await_complete(&self) -> Result<(), Error> {
        settle::until(NAME, || {
            let mut linked = 0;
            for (index, view) in self.views().into_iter().enumerate() {
                let view = view.ok_or_else(|| format!("node {index} does not answer"))?;
                if !view.is_ok || view.members() != NODES {
                    return Err(format!("node {index} finds the cluster incomplete"));
                }
                let primaries = view.primaries();
                if primaries != PRIMARIES {
                    return Err(format!("node {index} knows {primaries} primaries"));
                }
                linked += usize::from(self.nodes[index].is_linked_replica());
            }
            match NODES - PRIMARIES - linked {
                0 => Ok(()),
                missing => Err(format!("{missing} replicas are not linked")),
            }
        })
    }

    /// Waits until the replica of the key's primary has everything that was written there before
    /// this call, so that a failover loses none of it. 90 s at most.
    ///
    /// # Errors
    /// [`Error::Unsettled`] when that takes too long, as it does with one of the two dead.
    pub fn await_replicated(&self, key: &str) -> Result<(), Error> {
        let primary = self.nodes[self.primary_of(key)?].port();
        let written = settle::until(NAME, || {
            replication::written(primary).ok_or_else(|| "the primary does not answer".to_owned())
        })?;
        settle::until(NAME, || {
            let mut running = self.nodes.iter().filter(|node| node.runs());
            let caught_up = running.any(|node| {
                replication::followed(node.port(), primary).is_some_and(|it| it >= written)
            });
            if caught_up { Ok(()) } else { Err("the replica lags behind".to_owned()) }
        })
    }

    /// Ends a node as a crash does (SIGKILL).
    ///
    /// # Errors
    /// When the process that guards the node is gone.
    ///
    /// # Panics
    /// When there is no such number, as the other methods that take one.
    pub fn kill(&mut self, index: usize) -> Result<(), Error> {
        self.nodes[index].kill()
    }

    /// Stops a node's clock (SIGSTOP): connections stay open and nobody answers.
    ///
    /// # Errors
    /// When the process that guards the node is gone.
    pub fn freeze(&mut self, index: usize) -> Result<(), Error> {
        self.nodes[index].freeze()
    }

    /// Lets a frozen node go on (SIGCONT).
    ///
    /// # Errors
    /// When the process that guards the node is gone.
    pub fn thaw(&mut self, index: usize) -> Result<(), Error> {
        self.nodes[index].thaw()
    }

    /// Runs a node again, on the same port and as the same member, without keys. A primary that
    /// comes back before its replica took over empties its replica too.
    ///
    /// # Errors
    /// When the node does not start.
    pub fn restart(&mut self, index: usize) -> Result<(), Error> {
        self.nodes[index].restart()
    }

    /// Sends one command to one node and returns its reply. A key of another node is an error
    /// that begins with `-MOVED`.
    ///
    /// # Errors
    /// [`Error::Redis`] when the node does not answer or answers with an error.
    pub fn command_on(&self, index: usize, parts: &[&str]) -> Result<Reply, Error> {
        self.nodes[index].query(parts).map_err(Error::Redis)
    }

    /// What each node thinks; `None` where it does not run or answer.
    fn views(&self) -> Vec<Option<View>> {
        self.nodes.iter().map(|node| node.runs().then(|| View::of(node).ok()).flatten()).collect()
    }

    fn slot(&self, key: &str) -> Result<u16, Error> {
        let running = self.nodes.iter().filter(|node| node.runs());
        running
            .filter_map(|node| node.query(&["CLUSTER", "KEYSLOT", key]).and_then(resp::text).ok())
            .find_map(|slot| slot.parse().ok())
            .ok_or_else(|| refused("no node of the cluster answers"))
    }

    fn number(&self, port: u16) -> Option<usize> {
        self.nodes.iter().position(|node| node.port() == port)
    }
}

fn refused(why: &str) -> Error {
    Error::Redis(std::io::Error::other(why.to_owned()))
}
