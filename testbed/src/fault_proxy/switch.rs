use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::pump::{self, Direction};

const MAX_CONNECTIONS: usize = 256;
/// A frozen server whose queue of connections is full does not even refuse.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    None,
    Blackhole,
    LostReplies,
}

/// What becomes of a piece of data that is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Deliver,
    Discard,
    Closed,
}

/// What the orders change and the threads look at.
///
/// Invariant: a link is closed only under the lock and with a notification after it, so a thread
/// that waits for the end of a fault learns of it.
#[derive(Debug)]
pub(super) struct Switch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// `None` while connections are refused.
    listener: Option<TcpListener>,
    stopped: bool,
    fault: Fault,
    latency: Duration,
    /// Counts refusals: a connection that was accepted before one must not live after it.
    refusals: u64,
    links: Vec<Weak<Link>>,
}

/// One connection: the client's half and the server's.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: TcpStream,
    pub(super) upstream: TcpStream,
    closed: AtomicBool,
    lost: AtomicBool,
}

impl Link {
    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        // Fails where the other side was faster.
        drop(self.client.shutdown(Shutdown::Both));
        drop(self.upstream.shutdown(Shutdown::Both));
    }
}

impl Switch {
    pub(super) fn new(listener: TcpListener) -> Self {
        let state = State {
            listener: Some(listener),
            stopped: false,
            fault: Fault::None,
            latency: Duration::ZERO,
            refusals: 0,
            links: Vec::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Lets everybody in who waits at the door. False when the proxy has stopped.
    pub(super) fn admit(self: &Arc<Self>, upstream_port: u16) -> bool {
        loop {
            let (client, refusals) = {
                let mut state = self.lock();
                if state.stopped {
                    return false;
                }
                state.links.retain(|link| link.strong_count() > 0);
                if state.links.len() >= MAX_CONNECTIONS {
                    return true;
                }
                match state.listener.as_ref().map(TcpListener::accept) {
                    Some(Ok((client, _))) => (client, state.refusals),
                    _ => return true,
                }
            };
            // A client whose server is not there is disconnected.
            if let Ok(link) = connect(client, upstream_port)
                && self.register(&link, refusals)
            {
                pump::spawn(self, &link, Direction::Commands);
                pump::spawn(self, &link, Direction::Replies);
            }
        }
    }

    fn register(&self, link: &Arc<Link>, refusals: u64) -> bool {
        let mut state = self.lock();
        let welcome = !state.stopped && state.refusals == refusals;
        if welcome {
            state.links.push(Arc::downgrade(link));
        }
        welcome
    }

    pub(super) fn latency(&self) -> Duration {
        self.lock().latency
    }

    pub(super) fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(super) fn set(&self, fault: Fault) {
        self.lock().fault = fault;
        self.changed.notify_all();
    }

    pub(super) fn refuse(&self) {
        let mut state = self.lock();
        state.listener = None;
        state.refusals += 1;
        state.fault = Fault::None;
        close_all(&mut state, |_| true);
        self.changed.notify_all();
    }

    pub(super) fn heal(&self, listen: impl FnOnce() -> io::Result<TcpListener>) -> io::Result<()> {
        let mut state = self.lock();
        state.fault = Fault::None;
        state.latency = Duration::ZERO;
        close_all(&mut state, |link| link.lost.load(Ordering::Acquire));
        self.changed.notify_all();
        if state.listener.is_none() {
            state.listener = Some(listen()?);
        }
        Ok(())
    }

    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.refuse();
    }

    pub(super) fn close(&self, link: &Link) {
        let _state = self.lock();
        link.close();
        self.changed.notify_all();
    }

    /// Waits until `due` and then for the end of a blackhole.
    pub(super) fn decide(&self, link: &Link, direction: Direction, due: Instant) -> Verdict {
        let mut state = self.lock();
        loop {
            if link.closed.load(Ordering::Acquire) {
                return Verdict::Closed;
            }
            let early = due.saturating_duration_since(Instant::now());
            if !early.is_zero() {
                let waited = self.changed.wait_timeout(state, early);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            match (state.fault, direction) {
                (Fault::Blackhole, _) => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                (Fault::LostReplies, Direction::Replies) => {
                    link.lost.store(true, Ordering::Release);
                    return Verdict::Discard;
                }
                _ => return Verdict::Deliver,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close_all(state: &mut State, chosen: impl Fn(&Link) -> bool) {
    for link in state.links.iter().filter_map(Weak::upgrade).filter(|link| chosen(link)) {
        link.close();
    }
}

fn connect(client: TcpStream, upstream_port: u16) -> io::Result<Arc<Link>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, upstream_port));
    let upstream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
    // Some systems hand the listener's mode down.
    client.set_nonblocking(false)?;
    for stream in [&client, &upstream] {
        stream.set_nodelay(true)?;
    }
    let (closed, lost) = (AtomicBool::new(false), AtomicBool::new(false));
    Ok(Arc::new(Link { client, upstream, closed, lost }))
}
