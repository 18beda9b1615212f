use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::Path;

use crate::server::{Kind, Server};
use crate::tls::CertificateFiles;
use crate::{Authority, Error, Reply, ledger, locate, resp};

/// Nothing is kept on disk.
const SETTINGS: &[&str] = &["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];

const KIND: Kind = Kind {
    name: "Redis",
    folder_prefix: "testbed-redis-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: answers,
};

/// The port speaks TLS alone; what controls the server comes by a socket in its folder.
const TLS: Kind = Kind { port_option: "--tls-port", ready: answers_by_socket, ..KIND };

const SOCKET: &str = "redis.sock";

/// A private Redis in a temporary folder, on a free port of 127.0.0.1.
///
/// For a test that stops, kills or freezes its server, or looks at all of its keys; other tests
/// use [`redis()`](crate::redis()). Dropping it stops the server and deletes the folder; so does
/// the end of this process, whatever ends it.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    password: Option<Password>,
    has_tls: bool,
}

struct Password(String);

/// A failed test prints its server, but no password.
impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

impl Redis {
    /// Runs a server. Takes a few milliseconds.
    ///
    /// # Errors
    /// When Redis is not installed, the disk is full or the server does not start.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(&[])
    }

    /// Runs a server with settings of `redis.conf`, as `[("maxmemory", "2mb"), ("requirepass",
    /// "hush")]`. They hold after [`Redis::restart`] too.
    ///
    /// # Errors
    /// As [`Redis::start`]; a setting that Redis does not know ends it, and the error has its words.
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::run(settings, None)
    }

    /// Runs a server that speaks TLS alone, with a certificate for 127.0.0.1 and localhost that this
    /// authority has signed. It asks clients for none. The settings are as for [`Redis::start_with`].
    ///
    /// # Errors
    /// As [`Redis::start_with`].
    pub fn start_tls(authority: &Authority, settings: &[(&str, &str)]) -> Result<Self, Error> {
        Self::run(settings, Some(authority))
    }

    fn run(settings: &[(&str, &str)], authority: Option<&Authority>) -> Result<Self, Error> {
        ledger::record("redis");
        let program = locate::redis()?;
        let kind = if authority.is_some() { &TLS } else { &KIND };
        let mut server = Server::prepare(kind, |folder| {
            let mut command = command(&program, folder, settings);
            if authority.is_some() {
                command.extend(tls_settings(folder));
            }
            command
        })?;
        if let Some(authority) = authority {
            authority.certify(server.folder(), server.account())?;
        }
        server.start()?;
        let password = settings.iter().rev().find(|(name, _)| *name == "requirepass");
        let password = password.map(|(_, password)| Password((*password).to_owned()));
        Ok(Self { server, password, has_tls: authority.is_some() })
    }

    /// The address: `redis://127.0.0.1:PORT/`, or with TLS `rediss://…`. It stays the same over
    /// [`Redis::restart`]. It never has a password in it.
    pub fn url(&self) -> String {
        let scheme = if self.has_tls { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}/", self.server.port())
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
        self.ask(parts).and_then(resp::text).map_err(Error::Redis)
    }

    /// Sends one command and returns its reply, which may be an array, as that of `SLOWLOG GET`.
    ///
    /// # Errors
    /// [`Error::Redis`] when the server does not answer, answers with an error or with more than
    /// a [`Reply`] holds.
    pub fn query(&self, parts: &[&str]) -> Result<Reply, Error> {
        self.ask(parts).map_err(Error::Redis)
    }

    fn ask(&self, parts: &[&str]) -> std::io::Result<Reply> {
        let password = self.password.as_ref().map(|Password(password)| password.as_str());
        if self.has_tls {
            resp::query_socket(&self.server.folder().join(SOCKET), password, parts)
        } else {
            resp::query(self.server.port(), password, parts)
        }
    }
}

pub(crate) fn command(program: &Path, folder: &Path, settings: &[(&str, &str)]) -> Vec<OsString> {
    let mut command = vec![program.into()];
    command.extend(SETTINGS.iter().map(OsString::from));
    for (name, value) in settings {
        command.extend([format!("--{name}").into(), value.into()]);
    }
    command.extend(["--dir".into(), folder.into()]);
    command
}

fn tls_settings(folder: &Path) -> Vec<OsString> {
    let files = CertificateFiles::of(folder);
    vec![
        "--port".into(),
        "0".into(),
        "--tls-ca-cert-file".into(),
        files.authority.into(),
        "--tls-cert-file".into(),
        files.certificate.into(),
        "--tls-key-file".into(),
        files.key.into(),
        "--tls-auth-clients".into(),
        "no".into(),
        "--unixsocket".into(),
        folder.join(SOCKET).into(),
        "--unixsocketperm".into(),
        "700".into(),
    ]
}

/// The process id tells this server from another one that took the port first. A server with a
/// password does not tell it, so its own log has to do.
pub(crate) fn answers(server: &Server) -> bool {
    tells_its_pid(server, resp::query(server.port(), None, &["INFO", "server"]))
}

fn answers_by_socket(server: &Server) -> bool {
    let socket = server.folder().join(SOCKET);
    tells_its_pid(server, resp::query_socket(&socket, None, &["INFO", "server"]))
}

fn tells_its_pid(server: &Server, info: io::Result<Reply>) -> bool {
    let Some(pid) = server.pid() else {
        return false;
    };
    match info.and_then(resp::text) {
        Ok(info) => info.lines().any(|line| line == format!("process_id:{pid}")),
        Err(error) if error.to_string().starts_with("-NOAUTH") => {
            server.log().contains("Ready to accept connections")
        }
        Err(_) => false,
    }
}
