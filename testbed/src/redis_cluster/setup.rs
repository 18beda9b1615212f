//! From strangers to a cluster, without `redis-cli`, which waits in whole seconds.

use std::thread;

use super::node::Node;
use super::view::View;
use super::{NAME, PRIMARIES};
use crate::{Error, locate, resp, settle};

const SLOTS: usize = 16_384;

/// All nodes at once.
pub(super) fn start_nodes(count: usize) -> Result<Vec<Node>, Error> {
    let program = locate::redis()?;
    thread::scope(|scope| {
        let starts: Vec<_> = (0..count).map(|_| scope.spawn(|| Node::start(&program))).collect();
        let nodes = starts.into_iter().map(|start| match start.join() {
            Ok(node) => node,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        nodes.collect()
    })
}

/// Gives each primary its slots, introduces everybody to everybody (gossip alone would take
/// seconds), and assigns the replicas.
pub(super) fn join(nodes: &[Node]) -> Result<(), Error> {
    let (primaries, replicas) = nodes.split_at(PRIMARIES);
    for (index, node) in nodes.iter().enumerate() {
        // Different epochs from the start save the nodes from finding out who yields to whom.
        order(node, &["SET-CONFIG-EPOCH", &(index + 1).to_string()])?;
    }
    for (index, node) in primaries.iter().enumerate() {
        let first = SLOTS * index / PRIMARIES;
        let last = SLOTS * (index + 1) / PRIMARIES - 1;
        order(node, &["ADDSLOTSRANGE", &first.to_string(), &last.to_string()])?;
    }
    for (index, node) in nodes.iter().enumerate() {
        for other in &nodes[index + 1..] {
            let (port, bus_port) = (other.port().to_string(), other.bus_port().to_string());
            order(node, &["MEET", "127.0.0.1", &port, &bus_port])?;
        }
    }
    for (primary, replica) in primaries.iter().zip(replicas) {
        let id = primary.query(&["CLUSTER", "MYID"]).and_then(resp::text).map_err(Error::Redis)?;
        settle::until(NAME, || {
            let known = View::of(replica).is_ok_and(|view| view.knows(&id));
            if !known {
                return Err("a replica does not know its primary".to_owned());
            }
            order(replica, &["REPLICATE", &id]).map_err(|error| error.to_string())
        })?;
    }
    Ok(())
}

fn order(node: &Node, parts: &[&str]) -> Result<(), Error> {
    let parts: Vec<&str> = [&["CLUSTER"], parts].concat();
    node.query(&parts).map(drop).map_err(Error::Redis)
}
