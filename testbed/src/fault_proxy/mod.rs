//! A network that fails on demand.
//!
//! Two threads carry each connection, one for each direction. They ask [`Switch`] before they
//! deliver, so an order holds for what was read before it and not yet written.

mod pump;
mod switch;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::switch::{Fault, Switch};
use crate::{Error, port};

/// How often new connections are looked for.
const ACCEPT_POLL: Duration = Duration::from_millis(2);
const PORT_ATTEMPTS: usize = 10;

/// A TCP proxy between a client and a server of 127.0.0.1 that delays, swallows or closes.
///
/// It begins healthy. [`latency`](Self::latency) goes together with any fault; of
/// [`blackhole`](Self::blackhole), [`lose_replies`](Self::lose_replies) and
/// [`reset`](Self::reset) the last order counts. It carries at most 256 connections at once and
/// accepts no more until some end. Dropping it closes all of them and its port.
///
/// What it does not do: cut a packet, or answer a new connection with silence. In a blackhole a
/// client can connect, as it can to a frozen server.
#[derive(Debug)]
pub struct FaultProxy {
    port: u16,
    switch: Arc<Switch>,
    doorman: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Listens on a free port and forwards to `upstream_port`, where nobody needs to listen yet:
    /// a client that comes too early is disconnected.
    ///
    /// # Errors
    /// [`Error::NoPort`] when no port is free.
    pub fn start(upstream_port: u16) -> Result<Self, Error> {
        let (port, listener) = (0..PORT_ATTEMPTS)
            .find_map(|_| {
                let port = port::free().ok()?;
                Some((port, listen(port).ok()?))
            })
            .ok_or(Error::NoPort)?;
        let switch = Arc::new(Switch::new(listener));
        let doorman = {
            let switch = Arc::clone(&switch);
            thread::spawn(move || {
                while switch.admit(upstream_port) {
                    thread::sleep(ACCEPT_POLL);
                }
            })
        };
        Ok(Self { port, switch, doorman: Some(doorman) })
    }

    /// The port on 127.0.0.1 that clients connect to. It stays the same.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a Redis behind this proxy: `redis://127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Delivers what the server sends from now on this much later, and commands at once: a round
    /// trip takes that much longer, however many are under way. Defaults to zero.
    pub fn latency(&self, latency: Duration) {
        self.switch.set_latency(latency);
    }

    /// Keeps connections open and delivers nothing in either direction, not even their end. What
    /// is sent meanwhile arrives after [`heal`](Self::heal), as after a real break of the network.
    pub fn blackhole(&self) {
        self.switch.set(Fault::Blackhole);
    }

    /// Delivers commands and throws their replies away: the server acts, and the client cannot
    /// know. [`heal`](Self::heal) closes each connection that lost something, so that no later
    /// reply is taken for an earlier one.
    pub fn lose_replies(&self) {
        self.switch.set(Fault::LostReplies);
    }

    /// Closes all connections, and refuses new ones until [`heal`](Self::heal).
    pub fn reset(&self) {
        self.switch.refuse();
    }

    /// Ends every fault and the latency, and listens again.
    ///
    /// # Errors
    /// [`Error::NoPort`] when somebody took the port after [`reset`](Self::reset).
    pub fn heal(&self) -> Result<(), Error> {
        self.switch.heal(|| listen(self.port)).map_err(|_| Error::NoPort)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.switch.stop();
        if let Some(doorman) = self.doorman.take() {
            // A panic of that thread has been printed already.
            drop(doorman.join());
        }
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
