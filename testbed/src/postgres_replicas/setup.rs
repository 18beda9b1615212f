//! From one `initdb` to a primary and its replicas.

use std::thread;

use super::follow;
use super::node::PostgresNode;
use crate::postgres::cluster;
use crate::{Error, locate, psql};

/// - A commit is in what `caught_up` waits for, as on servers that keep it.
/// - What a dead replica missed is kept for it, without the bookkeeping of slots.
/// - A replica that lost its primary looks for it again at once, not every 5 s.
const SETTINGS: &[(&str, &str)] = &[
    ("synchronous_commit", "on"),
    ("wal_keep_size", "1GB"),
    ("wal_retrieve_retry_interval", "100ms"),
    ("wal_receiver_status_interval", "1s"),
];

/// Runs all of them. The data of the primary is copied before anybody writes to it, which is quicker
/// than a backup of a server that runs.
pub(super) fn start(
    replicas: usize,
    settings: &[(&str, &str)],
) -> Result<(PostgresNode, Vec<PostgresNode>), Error> {
    let bin = locate::postgres()?;
    let settings = [SETTINGS, settings].concat();
    let prepare = |name: String| {
        cluster::prepare(&bin, &settings, None).map(|server| PostgresNode::new(server, name))
    };
    let mut primary = prepare("primary".to_owned())?;
    let replicas: Result<Vec<_>, _> =
        (0..replicas).map(|index| prepare(format!("replica_{index}"))).collect();
    let mut replicas = replicas?;
    cluster::initdb(&bin, &primary.server)?;
    replicas.iter().try_for_each(|replica| follow::copy(&primary, replica))?;
    primary.server.start()?;
    psql::control(&primary.url_of("template1"), "create extension pg_stat_statements")?;
    let port = primary.port();
    thread::scope(|scope| {
        let starts: Vec<_> = replicas
            .iter_mut()
            .map(|replica| scope.spawn(move || start_replica(replica, port)))
            .collect();
        starts.into_iter().try_for_each(|start| match start.join() {
            Ok(started) => started,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    Ok((primary, replicas))
}

fn start_replica(replica: &mut PostgresNode, port: u16) -> Result<(), Error> {
    follow::become_replica(replica, port)?;
    replica.server.start()?;
    follow::await_streaming(replica, port)
}
