use perf_core::recorder::{ServerRole, ServerState, TellServer};
use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Instant};
use tokio::sync::watch;

use super::WriteMark;
use super::choose::Candidate;
use super::history::History;
use crate::pool::Pool;

/// One server: the pool of connections to it, and what it was when it was last asked.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) pool: Pool,
    role: watch::Sender<Role>,
    /// That of the primary, shared by all its servers.
    history: Arc<Mutex<History>>,
}

/// What a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It was not asked yet, or does not answer.
    Gone,
    /// It takes writes.
    Primary {
        /// Grows with each promotion: of two that take writes the older one was given up.
        timeline: u32,
    },
    /// It replays the log of the primary.
    Replica { replayed: WriteMark },
}

impl Server {
    pub(super) fn new(pool: Pool, history: Arc<Mutex<History>>) -> Self {
        Self { pool, role: watch::Sender::new(Role::Gone), history }
    }

    pub(super) fn role(&self) -> Role {
        *self.role.borrow()
    }

    pub(super) fn is_now(&self, role: Role) {
        let was = self.role.send_replace(role);
        if (was == Role::Gone) != (role == Role::Gone) {
            let server = self.pool.name().as_str();
            match role {
                Role::Gone => tracing::warn!(server, "the server does not answer"),
                _ => tracing::info!(server, ?role, "the server answers"),
            }
        }
    }

    /// The server as one to read from, if it is a replica.
    pub(super) fn candidate(&self, index: usize, now: Instant) -> Option<Candidate> {
        let Role::Replica { replayed } = self.role() else { return None };
        let lag = self.history.lock().lag(replayed, now);
        Some(Candidate { index, replayed, lag, in_flight: self.pool.in_flight() })
    }

    /// Ends when the server no longer answers.
    pub(crate) async fn gone(&self) {
        // The sender lives as long as `self`.
        _ = self.role.subscribe().wait_for(|&role| role == Role::Gone).await;
    }
}

impl TellServer for Server {
    fn state(&self) -> ServerState {
        match self.role() {
            Role::Gone => ServerState::new(ServerRole::Gone),
            Role::Primary { .. } => ServerState::new(ServerRole::Primary),
            Role::Replica { replayed } => {
                let history = self.history.lock();
                let lag = history.lag(replayed, time::now());
                ServerState::replica(lag, history.bytes_behind(replayed))
            }
        }
    }
}
