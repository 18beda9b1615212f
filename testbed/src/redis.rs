use std::ffi::OsString;
use std::path::Path;

use crate::server::{Kind, Server};
use crate::{Error, ledger, locate, resp};

/// Nothing is kept on disk.
const SETTINGS: &[&str] = &["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];

const KIND: Kind = Kind {
    name: "Redis",
    folder_prefix: "testbed-redis-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: answers,
};

/// A private Redis in a temporary folder, on a free port of 127.0.0.1.
///
/// For a test that stops, kills or freezes its server, or looks at all of its keys; other tests
/// use [`redis()`](crate::redis()). Dropping it stops the server and deletes the folder; so does
/// the end of this process, whatever ends it.
#[derive(Debug)]
pub struct Redis {
    server: Server,
}

impl Redis {
    /// Runs a server. Takes a few milliseconds.
    ///
    /// # Errors
    /// When Redis is not installed, the disk is full or the server does not start.
    pub fn start() -> Result<Self, Error> {
        ledger::record("redis");
        let program = locate::redis()?;
        let mut server = Server::prepare(&KIND, |folder| command(&program, folder))?;
        server.start()?;
        Ok(Self { server })
    }

    /// The address: `redis://127.0.0.1:PORT/`. It stays the same over [`Redis::restart`].
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.server.port())
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

    /// Ends the server, and with it every connection and key. Its port is kept.
    ///
    /// # Errors
    /// When the process that guards the server is gone.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.server.stop()
    }

    /// Runs the server again, empty, on the same port.
    ///
    /// # Errors
    /// When the server does not start.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.server.restart()
    }

    /// Stops the server's clock (SIGSTOP): connections stay open and nobody answers.
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

    /// Sends one command and returns its reply, which must be a status, an integer or a string.
    ///
    /// # Errors
    /// [`Error::Redis`] when the server does not answer or answers with an error.
    pub fn command(&self, parts: &[&str]) -> Result<String, Error> {
        resp::command(self.server.port(), parts).map_err(Error::Redis)
    }
}

fn command(program: &Path, folder: &Path) -> Vec<OsString> {
    let mut command = vec![program.into()];
    command.extend(SETTINGS.iter().map(OsString::from));
    command.extend(["--dir".into(), folder.into()]);
    command
}

/// The process id tells this server from another one that took the port first.
fn answers(server: &Server) -> bool {
    let Some(pid) = server.pid() else {
        return false;
    };
    resp::command(server.port(), &["INFO", "server"])
        .is_ok_and(|info| info.lines().any(|line| line == format!("process_id:{pid}")))
}
