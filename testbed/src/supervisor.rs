//! The small shell process between an owner and its server.
//!
//! Invariant: only this side holds the write end of the supervisor's stdin (std opens it
//! close-on-exec). So the pipe closes when the owner ends, also by SIGKILL, and the supervisor,
//! which a Ctrl-C in the terminal does not reach, stops the server and deletes the folder.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Error;
use crate::account::Account;

const SCRIPT: &str = include_str!("supervisor.sh");

/// What the supervisor needs to know about the server.
#[derive(Debug)]
pub(crate) struct Orders<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) stop_signals: &'static str,
    pub(crate) port_option: &'static str,
    pub(crate) command: &'a [OsString],
}

#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    pub(crate) fn spawn(orders: &Orders<'_>, account: Option<Account>) -> Result<Self, Error> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "testbed-supervisor"])
            .arg(orders.folder)
            .args([orders.stop_signals, orders.port_option])
            .args(orders.command)
            .current_dir(orders.folder)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid);
        }
        let mut child = command.spawn().map_err(|source| match source.kind() {
            ErrorKind::PermissionDenied => Error::Folder { parent: env::temp_dir(), source },
            _ => Error::Supervisor(source),
        })?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(silent)?;
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Sends one order and waits until it is carried out.
    pub(crate) fn order(&mut self, order: &str) -> Result<(), Error> {
        let pipe = self.orders.as_mut().ok_or_else(silent)?;
        pipe.write_all(format!("{order}\n").as_bytes()).map_err(Error::Supervisor)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(Error::Supervisor)?;
        if answer.trim_end() == "done" { Ok(()) } else { Err(silent()) }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // An error here means that the child is already reaped: nothing is left to wait for.
        drop(self.child.wait());
    }
}

fn silent() -> Error {
    Error::Supervisor(ErrorKind::BrokenPipe.into())
}
