//! One MariaDB.

mod client;
mod database;
mod install;

use std::path::Path;

pub use self::database::MariaDatabase;
use crate::server::Server;
use crate::{Authority, Error, ledger, locate};

/// A private MariaDB in a temporary folder, on a free port of 127.0.0.1, with its performance
/// schema switched on.
///
/// Its user `root` needs no password. Dropping it stops the server and deletes the folder; so does
/// the end of this process, whatever ends it.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
}

impl MariaDb {
    /// Makes a data folder and runs a server on it. Takes two to four seconds.
    ///
    /// # Errors
    /// When MariaDB is not installed, the disk is full or the server does not start.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(&[])
    }

    /// Runs a server with options of `mariadbd`, as `[("performance-schema", "OFF"),
    /// ("max-connections", "10")]`. They win over those of the testbed and hold after
    /// [`MariaDb::restart`] too.
    ///
    /// # Errors
    /// As [`MariaDb::start`]; an option that MariaDB refuses ends it, and the error has its words.
    pub fn start_with(options: &[(&str, &str)]) -> Result<Self, Error> {
        Self::run(options, None)
    }

    /// Runs a server that speaks TLS too, with a certificate for 127.0.0.1 and localhost that this
    /// authority has signed. A user made with `require ssl` is let in by TLS alone. The options are
    /// as for [`MariaDb::start_with`].
    ///
    /// # Errors
    /// As [`MariaDb::start_with`].
    pub fn start_tls(authority: &Authority, options: &[(&str, &str)]) -> Result<Self, Error> {
        Self::run(options, Some(authority))
    }

    fn run(options: &[(&str, &str)], authority: Option<&Authority>) -> Result<Self, Error> {
        ledger::record("mariadb");
        let programs = locate::mariadb()?;
        let mut server = install::prepare(&programs, options, authority)?;
        install::install(&programs, &server)?;
        server.start()?;
        Ok(Self { server })
    }

    /// The address of the server, for its user `root`: `mysql://root@127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/", self.server.port())
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The process id of the server, `None` while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The folder with everything the server writes.
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// A fresh database on this server.
    ///
    /// # Errors
    /// When the server is stopped or refuses.
    pub fn database(&self) -> Result<MariaDatabase, Error> {
        MariaDatabase::create(&self.url())
    }

    /// Ends the server, and with it every connection. Its data and its port are kept.
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.server.stop()
    }

    /// Runs the server again on the same port and data.
    ///
    /// # Errors
    /// When the server does not start.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.server.restart()
    }

    /// Stops the clock of the server (SIGSTOP): connections stay open and nobody answers.
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn freeze(&mut self) -> Result<(), Error> {
        self.server.signal("STOP")
    }

    /// Lets a frozen server go on (SIGCONT).
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn thaw(&mut self) -> Result<(), Error> {
        self.server.signal("CONT")
    }
}
