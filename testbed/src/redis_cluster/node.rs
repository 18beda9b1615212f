use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::server::{Kind, Server};
use crate::{Error, Reply, port, redis, resp};

const ATTEMPTS: usize = 5;

const KIND: Kind = Kind {
    name: "a node of a Redis cluster",
    folder_prefix: "testbed-cluster-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: redis::answers,
};

/// - `cluster-node-timeout` is the shortest that a busy machine does not take for a failure.
/// - Validity factor 0: a replica stands for election however long it was not linked.
/// - Without migration a replica stays with its primary, so that tests know who takes over.
/// - Replication begins without the usual wait of 5 s for more replicas.
const SETTINGS: &[&str] = &[
    "--cluster-enabled",
    "yes",
    "--cluster-announce-ip",
    "127.0.0.1",
    "--cluster-node-timeout",
    "2000",
    "--cluster-replica-validity-factor",
    "0",
    "--cluster-allow-replica-migration",
    "no",
    "--repl-diskless-sync-delay",
    "0",
];

/// One process of the cluster.
#[derive(Debug)]
pub(super) struct Node {
    server: Server,
    bus_port: u16,
    frozen: bool,
}

impl Node {
    /// Runs a node that knows nobody. The default for the port of the bus is the port plus 10,000,
    /// which may be taken, hence it gets a free one of its own.
    pub(super) fn start(program: &Path) -> Result<Self, Error> {
        let mut outcome = Err(Error::NoPort);
        for _ in 0..ATTEMPTS {
            let bus_port = port::free()?;
            let mut server = Server::prepare(&KIND, |folder| command(program, folder, bus_port))?;
            outcome = server.start().map(|()| Self { server, bus_port, frozen: false });
            if !matches!(outcome, Err(Error::Died { .. })) {
                break;
            }
        }
        outcome
    }

    pub(super) fn port(&self) -> u16 {
        self.server.port()
    }

    pub(super) fn bus_port(&self) -> u16 {
        self.bus_port
    }

    /// Whether it is worth asking: neither killed nor frozen.
    pub(super) fn runs(&self) -> bool {
        !self.frozen && self.server.pid().is_some()
    }

    pub(super) fn query(&self, parts: &[&str]) -> io::Result<Reply> {
        resp::query(self.port(), None, parts)
    }

    pub(super) fn is_linked_replica(&self) -> bool {
        let replication = self.query(&["INFO", "replication"]).and_then(resp::text);
        replication.is_ok_and(|lines| {
            lines.contains("role:slave") && lines.contains("master_link_status:up")
        })
    }

    pub(super) fn kill(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.kill()
    }

    pub(super) fn freeze(&mut self) -> Result<(), Error> {
        self.frozen = true;
        self.server.signal("STOP")
    }

    pub(super) fn thaw(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.signal("CONT")
    }

    pub(super) fn restart(&mut self) -> Result<(), Error> {
        self.frozen = false;
        self.server.restart()
    }
}

fn command(program: &Path, folder: &Path, bus_port: u16) -> Vec<OsString> {
    let mut command = redis::command(program, folder, &[]);
    command.extend(SETTINGS.iter().map(OsString::from));
    command.extend(["--cluster-port".into(), bus_port.to_string().into()]);
    command
}
