//! What the servers have in common: a folder, a port, a supervisor and a life between them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::supervisor::{Orders, Supervisor};
use crate::{Error, folder, port};

const START_TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
const PORT_ATTEMPTS: usize = 10;

/// How one sort of server is run.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) folder_prefix: &'static str,
    pub(crate) stop_signals: &'static str,
    pub(crate) port_option: &'static str,
    /// Whether the server answers. Must tell this server from another one on its port.
    pub(crate) ready: fn(&Server) -> bool,
}

/// A server of our own. Dropping it stops the server and deletes its folder.
#[derive(Debug)]
pub(crate) struct Server {
    kind: &'static Kind,
    folder: PathBuf,
    account: Option<Account>,
    port: u16,
    supervisor: Supervisor,
}

impl Server {
    /// Makes the folder and its guard. Nothing runs yet.
    pub(crate) fn prepare(
        kind: &'static Kind,
        command: impl FnOnce(&Path) -> Vec<OsString>,
    ) -> Result<Self, Error> {
        let account = Account::for_servers()?;
        let folder = folder::create(kind.folder_prefix, account)?;
        let orders = Orders {
            folder: folder.path(),
            stop_signals: kind.stop_signals,
            port_option: kind.port_option,
            command: &command(folder.path()),
        };
        let supervisor = Supervisor::spawn(&orders, account)?;
        // From here on the supervisor deletes the folder.
        Ok(Self { kind, folder: folder.keep(), account, port: 0, supervisor })
    }

    /// Runs the server on a free port and waits until it serves.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        let mut outcome = Err(Error::NoPort);
        for _ in 0..PORT_ATTEMPTS {
            self.port = port::free()?;
            outcome = self.launch();
            if !matches!(outcome, Err(Error::Died { .. })) || !self.lost_its_port() {
                break;
            }
        }
        outcome
    }

    /// Ends the server and keeps its folder and port for [`Server::restart`].
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        self.supervisor.order("stop")
    }

    /// Runs the server again, on the same port and folder.
    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.stop()?;
        self.launch()
    }

    /// Ends the server as a crash does (SIGKILL) and waits until it is gone.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        self.signal("KILL")?;
        self.await_end();
        Ok(())
    }

    /// As [`Server::kill`], with the processes that the server has started.
    pub(crate) fn kill_all(&mut self) -> Result<(), Error> {
        self.signal_all("KILL")?;
        self.await_end();
        Ok(())
    }

    pub(crate) fn signal(&mut self, name: &str) -> Result<(), Error> {
        self.supervisor.order(&format!("signal {name}"))
    }

    /// Signals the server and the processes that it has started.
    pub(crate) fn signal_all(&mut self, name: &str) -> Result<(), Error> {
        self.supervisor.order(&format!("signal-all {name}"))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn account(&self) -> Option<Account> {
        self.account
    }

    /// The process id, as long as the server runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok()
    }

    fn await_end(&self) {
        let started = Instant::now();
        while self.pid_file().exists() && started.elapsed() < START_TIMEOUT {
            thread::sleep(POLL);
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("pid")
    }

    fn launch(&mut self) -> Result<(), Error> {
        self.supervisor.order(&format!("start {}", self.port))?;
        let started = Instant::now();
        while started.elapsed() < START_TIMEOUT {
            if !self.pid_file().exists() {
                return Err(Error::Died { server: self.kind.name, log: tail(&self.log()) });
            }
            if (self.kind.ready)(self) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        Err(Error::Late {
            server: self.kind.name,
            seconds: START_TIMEOUT.as_secs(),
            log: tail(&self.log()),
        })
    }

    fn lost_its_port(&self) -> bool {
        self.log().contains("Address already in use")
    }

    /// What the server has written so far.
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The last lines of a log, as one line.
pub(crate) fn tail(log: &str) -> String {
    const LINES: usize = 3;
    let lines: Vec<&str> = log.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.len() {
        0 => "it wrote nothing".to_owned(),
        count => lines[count.saturating_sub(LINES)..].join("; "),
    }
}
