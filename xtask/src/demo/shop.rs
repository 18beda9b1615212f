//! The shop as a child process that never outlives this one.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::token::Token;
use crate::failure::Failure;

const GUARD: &str = include_str!("guard.sh");
const LISTENING: &str = "listening on ";
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Lines of output that wait to be read; the shop pauses when there are more.
const OUTPUT_LINES: usize = 1024;

/// Where the shop finds its servers.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) postgres: String,
    pub(crate) replicas: Vec<String>,
    pub(crate) redis: Option<String>,
}

/// A running shop. Dropping it ends the process, gently first.
#[derive(Debug)]
pub(crate) struct Shop {
    guard: Child,
    orders: Option<ChildStdin>,
    output: Receiver<String>,
    readers: Vec<JoinHandle<()>>,
}

/// Fills the database and waits until that is done.
pub(crate) fn seed(program: &Path, addresses: &Addresses) -> Result<(), Failure> {
    let mut shop = Shop::spawn(program, &["seed"], addresses, None)?;
    let last = shop.output.iter().filter(|line| !line.trim().is_empty()).last();
    if shop.end() { Ok(()) } else { Err(complaint("the shop could not be seeded", last)) }
}

/// Starts the service and waits for the address that it serves at.
pub(crate) fn serve(
    program: &Path,
    addresses: &Addresses,
    port: u16,
    token: &Token,
) -> Result<(Shop, String), Failure> {
    let arguments = ["serve", "--port", &port.to_string()];
    let mut shop = Shop::spawn(program, &arguments, addresses, Some(token))?;
    let started = Instant::now();
    let mut last = None;
    while let Some(left) = START_TIMEOUT.checked_sub(started.elapsed()) {
        let Ok(line) = shop.output.recv_timeout(left) else {
            break;
        };
        if let Some(address) = line.strip_prefix(LISTENING) {
            let address = address.trim().to_owned();
            shop.forward();
            return Ok((shop, address));
        }
        last = Some(line);
    }
    Err(complaint("the shop did not start", last))
}

impl Shop {
    /// The token goes through the environment: every account sees the arguments of a process.
    fn spawn(
        program: &Path,
        arguments: &[&str],
        addresses: &Addresses,
        token: Option<&Token>,
    ) -> Result<Self, Failure> {
        let mut command = Command::new("sh");
        command
            .args(["-c", GUARD, "demo-guard"])
            .arg(program)
            .args(arguments)
            .env("DATABASE_URL", &addresses.postgres)
            .env("REPLICA_URLS", addresses.replicas.join(" "))
            .env_remove("REDIS_URL")
            .envs(addresses.redis.iter().map(|url| ("REDIS_URL", url)))
            .env_remove("PERF_TOKEN")
            .envs(token.map(|token| ("PERF_TOKEN", token.reveal())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C in the terminal reaches the demo alone, which then ends the shop in order.
            .process_group(0);
        let mut guard = command
            .spawn()
            .map_err(|error| Failure::because("the shop could not be run", error))?;
        let (sender, output) = sync_channel(OUTPUT_LINES);
        let readers =
            vec![read(guard.stdout.take(), sender.clone()), read(guard.stderr.take(), sender)];
        Ok(Self { orders: guard.stdin.take(), guard, output, readers })
    }

    /// From now on what the shop says goes to the terminal.
    fn forward(&mut self) {
        let (_, nothing) = sync_channel(0);
        let output = std::mem::replace(&mut self.output, nothing);
        self.readers
            .push(thread::spawn(move || output.iter().for_each(|line| eprintln!("{line}"))));
    }

    fn order(&mut self, order: &str) {
        if let Some(pipe) = &mut self.orders {
            // A guard that is gone has nothing left to end.
            drop(pipe.write_all(format!("{order}\n").as_bytes()));
        }
    }

    /// Waits for a shop that ends by itself. Returns whether it succeeded.
    fn end(&mut self) -> bool {
        self.order("quit");
        self.orders = None;
        self.guard.wait().is_ok_and(|status| status.success())
    }

    fn has_ended(&self) -> bool {
        self.readers.iter().all(JoinHandle::is_finished)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for signal in ["TERM", "KILL"] {
            let asked = Instant::now();
            if !self.has_ended() {
                self.order(signal);
            }
            while !self.has_ended() && asked.elapsed() < STOP_TIMEOUT {
                // What waits in the channel would keep the readers from seeing the end.
                self.output.try_iter().for_each(drop);
                thread::sleep(Duration::from_millis(10));
            }
        }
        self.end();
    }
}

/// Reads lines until the writing side closes, also when nobody takes them any more.
fn read(pipe: Option<impl Read + Send + 'static>, lines: SyncSender<String>) -> JoinHandle<()> {
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            drop(lines.send(String::from_utf8_lossy(&line).into_owned()));
        }
    })
}

/// What happened, and the last thing that the shop said about it.
fn complaint(what: &str, last: Option<String>) -> Failure {
    match last {
        Some(line) => Failure::new(format!("{what}: {}", line.trim())),
        None => Failure::new(format!("{what} and did not say why")),
    }
}
