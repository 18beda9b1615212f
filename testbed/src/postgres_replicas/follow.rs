//! Who follows whom, and how far.

use std::fs;
use std::io::Write;
use std::process::Command;

use super::NAME;
use super::node::PostgresNode;
use crate::postgres::cluster;
use crate::{Error, folder, locate, settle};

/// Gives a node that does not run the data of another one that does not run either. The copy is
/// of the same cluster: it can go on from there with what the other one writes.
pub(super) fn copy(from: &PostgresNode, to: &PostgresNode) -> Result<(), Error> {
    let mut command = Command::new("cp");
    command.arg("-R").arg(from.folder().join("data")).arg("data");
    cluster::run("cp", command, &to.server)
}

/// Gives a node that does not run the data of one that runs, in place of its own.
pub(super) fn copy_running(from: &PostgresNode, to: &PostgresNode) -> Result<(), Error> {
    fs::remove_dir_all(to.folder().join("data"))
        .map_err(|source| Error::Folder { parent: to.folder().to_owned(), source })?;
    let mut command = Command::new(locate::postgres()?.join("pg_basebackup"));
    command
        .args(["--pgdata=data", "--checkpoint=fast", "--no-sync", "--host=127.0.0.1"])
        .args([&format!("--port={}", from.port()), "--username=postgres"]);
    cluster::run("pg_basebackup", command, &to.server)
}

/// From its next start on the node is a replica of the one on that port.
pub(super) fn become_replica(node: &mut PostgresNode, port: u16) -> Result<(), Error> {
    node.leader = Some(port);
    let data = node.folder().join("data");
    let line = format!("primary_conninfo = '{}'\n", address(node, port));
    // The last one holds.
    fs::OpenOptions::new()
        .append(true)
        .open(data.join("postgresql.auto.conf"))
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|source| Error::Folder { parent: data.clone(), source })?;
    folder::write(&data.join("standby.signal"), "", node.server.account())
}

/// A replica that runs follows another one from now on.
pub(super) fn turn_to(node: &mut PostgresNode, port: u16) -> Result<(), Error> {
    node.leader = Some(port);
    // Not in one transaction, hence not in one call.
    node.sql(&format!("alter system set primary_conninfo = '{}'", address(node, port)))?;
    node.sql("select pg_reload_conf()").map(drop)
}

/// Waits until the replica receives what the node on that port writes.
pub(super) fn await_streaming(node: &PostgresNode, port: u16) -> Result<(), Error> {
    let streams = format!(
        "select count(*) from pg_stat_wal_receiver where status = 'streaming' \
         and sender_port = {port}"
    );
    until(node, &streams, "1", "is not connected to its primary")
}

/// Waits until the replica has replayed everything up to that position.
pub(super) fn await_replay(node: &PostgresNode, position: &str) -> Result<(), Error> {
    let replayed = format!("select pg_last_wal_replay_lsn() >= '{position}'");
    until(node, &replayed, "t", "lags behind")
}

/// Waits until the node answers that question so.
pub(super) fn until(
    node: &PostgresNode,
    question: &str,
    answer: &str,
    otherwise: &str,
) -> Result<(), Error> {
    settle::until(NAME, || match node.sql(question) {
        Ok(found) if found == answer => Ok(()),
        Ok(_) => Err(format!("{} {otherwise}", node.name())),
        Err(error) => Err(format!("{}: {error}", node.name())),
    })
}

fn address(node: &PostgresNode, port: u16) -> String {
    format!("host=127.0.0.1 port={port} user=postgres application_name={}", node.name())
}
