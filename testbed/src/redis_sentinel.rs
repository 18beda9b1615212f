//! A Redis with a replica under the eyes of Redis Sentinel.

use std::ffi::OsString;
use std::path::Path;
use std::thread;

use crate::server::{Kind, Server};
use crate::{Error, Reply, folder, ledger, locate, redis, replication, resp, settle};

const NAME: &str = "Redis Sentinel";
const SENTINELS: usize = 3;
const CONFIG: &str = "sentinel.conf";

/// Replication begins without the usual wait of 5 s for more replicas.
const DATA_SETTINGS: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];

const DATA: Kind = Kind {
    name: "Redis under Sentinel",
    folder_prefix: "testbed-sentinel-data-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: redis::answers,
};

const SENTINEL: Kind = Kind {
    name: NAME,
    folder_prefix: "testbed-sentinel-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: redis::answers,
};

/// A private primary and its replica on 127.0.0.1, watched as `mymaster` by three sentinels.
///
/// Three sentinels with a quorum of two, not one: with one alone nobody votes, and a client that
/// asks another sentinel than the one that decided would go untested. The primary counts as
/// failed after 1 s of silence; the replica takes over 1 to 3 s later. Nothing is kept on disk but
/// the sentinels' settings. Dropping it ends all five processes.
#[derive(Debug)]
pub struct RedisSentinel {
    /// The primary and the replica, in an order that a failover does not change.
    data: Vec<Server>,
    sentinels: Vec<Server>,
    primary: usize,
}

impl RedisSentinel {
    /// Runs all five processes and waits until the replica is linked and every sentinel knows it
    /// and the other two. Takes a few seconds.
    ///
    /// # Errors
    /// When Redis is not installed, a process does not start, or the sentinels do not agree.
    pub fn start() -> Result<Self, Error> {
        ledger::record("redis");
        let program = locate::redis()?;
        let primary = start_data(&program, None)?;
        let replica = start_data(&program, Some(primary.port()))?;
        let data = vec![primary, replica];
        await_replica(&data, 0)?;
        // The sentinels look for replicas at once and then every 10 s only, hence they come last.
        let sentinels = start_sentinels(&program, data[0].port())?;
        let sentinel = Self { data, sentinels, primary: 0 };
        sentinel.await_acquaintance()?;
        Ok(sentinel)
    }

    /// The address: `redis+sentinel://127.0.0.1:S1,127.0.0.1:S2,127.0.0.1:S3/mymaster`.
    pub fn url(&self) -> String {
        let sentinels = self.sentinel_ports().into_iter().map(|port| format!("127.0.0.1:{port}"));
        format!("redis+sentinel://{}/mymaster", sentinels.collect::<Vec<_>>().join(","))
    }

    /// The ports of the three sentinels.
    pub fn sentinel_ports(&self) -> Vec<u16> {
        self.sentinels.iter().map(Server::port).collect()
    }

    /// The port of the primary: of the dead one until [`await_failover`](Self::await_failover).
    pub fn primary_port(&self) -> u16 {
        self.data[self.primary].port()
    }

    /// Ends the primary as a crash does (SIGKILL).
    ///
    /// # Errors
    /// When the process that guards it is gone.
    pub fn kill_primary(&mut self) -> Result<(), Error> {
        self.data[self.primary].kill()
    }

    /// Waits until all sentinels name the former replica and it serves as the primary. 90 s at
    /// most.
    ///
    /// # Errors
    /// [`Error::Unsettled`] when that takes too long, as it does while the primary lives.
    pub fn await_failover(&mut self) -> Result<(), Error> {
        let next = 1 - self.primary;
        let port = self.data[next].port();
        let address = format!("address=127.0.0.1:{port},");
        settle::until(NAME, || {
            for sentinel in &self.sentinels {
                let seen = watched(sentinel)?;
                if !(seen.contains(&address) && seen.contains("status=ok")) {
                    return Err(format!("a sentinel tells {seen}"));
                }
            }
            match info(port, "replication") {
                Some(text) if text.contains("role:master") => Ok(()),
                _ => Err("the replica is not the primary yet".to_owned()),
            }
        })?;
        self.primary = next;
        Ok(())
    }

    /// Runs the one that was killed again and waits until the sentinels have made it a replica of
    /// the new primary and it is linked: from then on the next failover can come. Up to 10 s pass
    /// until they look.
    ///
    /// # Errors
    /// When it does not start or is not linked within 90 s, as before
    /// [`await_failover`](Self::await_failover).
    pub fn restart_replica(&mut self) -> Result<(), Error> {
        self.data[1 - self.primary].restart()?;
        await_replica(&self.data, self.primary)?;
        self.await_acquaintance()
    }

    /// Sends one command to the primary and returns its reply.
    ///
    /// # Errors
    /// [`Error::Redis`] when the primary does not answer or answers with an error.
    pub fn command_on_primary(&self, parts: &[&str]) -> Result<Reply, Error> {
        resp::query(self.primary_port(), None, parts).map_err(Error::Redis)
    }

    /// Waits until the replica has everything that was written to the primary before this call, so
    /// that a failover loses none of it. 90 s at most.
    ///
    /// # Errors
    /// [`Error::Unsettled`] when that takes too long, as it does with one of the two dead.
    pub fn await_replicated(&self) -> Result<(), Error> {
        let primary = self.primary_port();
        let replica = self.data[1 - self.primary].port();
        let written = settle::until(NAME, || {
            replication::written(primary).ok_or_else(|| "the primary does not answer".to_owned())
        })?;
        settle::until(NAME, || match replication::followed(replica, primary) {
            Some(followed) if followed >= written => Ok(()),
            _ => Err("the replica lags behind".to_owned()),
        })
    }

    /// Waits until each sentinel could vote for a failover: it knows the replica and the others.
    fn await_acquaintance(&self) -> Result<(), Error> {
        let complete =
            format!("status=ok,address=127.0.0.1:{},slaves=1,sentinels=3", self.primary_port());
        settle::until(NAME, || {
            for sentinel in &self.sentinels {
                let seen = watched(sentinel)?;
                if !seen.ends_with(&complete) {
                    return Err(format!("a sentinel tells {seen}"));
                }
            }
            Ok(())
        })
    }
}

fn start_data(program: &Path, primary_port: Option<u16>) -> Result<Server, Error> {
    let mut server = Server::prepare(&DATA, |folder| {
        let mut command = redis::command(program, folder, DATA_SETTINGS);
        if let Some(port) = primary_port {
            command.extend(["--replicaof", "127.0.0.1"].map(OsString::from));
            command.push(port.to_string().into());
        }
        command
    })?;
    server.start()?;
    Ok(server)
}

fn start_sentinels(program: &Path, primary_port: u16) -> Result<Vec<Server>, Error> {
    thread::scope(|scope| {
        let starts: Vec<_> =
            (0..SENTINELS).map(|_| scope.spawn(|| start_sentinel(program, primary_port))).collect();
        let sentinels = starts.into_iter().map(|start| match start.join() {
            Ok(sentinel) => sentinel,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        sentinels.collect()
    })
}

fn start_sentinel(program: &Path, primary_port: u16) -> Result<Server, Error> {
    let mut server = Server::prepare(&SENTINEL, |folder| {
        vec![program.into(), folder.join(CONFIG).into(), "--sentinel".into()]
    })?;
    write_config(&server, primary_port)?;
    server.start()?;
    Ok(server)
}

/// A sentinel does not run without a file of its own that it can write to.
fn write_config(server: &Server, primary_port: u16) -> Result<(), Error> {
    let config = format!(
        "bind 127.0.0.1\n\
         dir {}\n\
         sentinel monitor mymaster 127.0.0.1 {primary_port} 2\n\
         sentinel down-after-milliseconds mymaster 1000\n\
         sentinel failover-timeout mymaster 5000\n\
         sentinel parallel-syncs mymaster 1\n",
        server.folder().display()
    );
    folder::write(&server.folder().join(CONFIG), &config, server.account())
}

/// Waits until the other one is a linked replica of this one.
fn await_replica(data: &[Server], primary: usize) -> Result<(), Error> {
    let wanted = [
        "role:slave".to_owned(),
        format!("master_port:{}\r", data[primary].port()),
        "master_link_status:up".to_owned(),
    ];
    settle::until(NAME, || match info(data[1 - primary].port(), "replication") {
        Some(text) if wanted.iter().all(|line| text.contains(line)) => Ok(()),
        _ => Err("the replica is not linked".to_owned()),
    })
}

/// What a sentinel tells of the primary, in one line.
fn watched(sentinel: &Server) -> Result<String, String> {
    let text = info(sentinel.port(), "sentinel").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("master0:"));
    line.map(str::to_owned).ok_or_else(|| "a sentinel does not answer".to_owned())
}

fn info(port: u16, section: &str) -> Option<String> {
    resp::command(port, &["INFO", section]).ok()
}
