use perf_core::recorder::{ServerRole, ServerState, TellServer};
use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Instant};
use tokio::sync::watch;

use super::WriteMark;
use super::choose::Candidate;
use super::history::History;
use crate::pool::Pool;

/// One server: the pool of connections to it, and how it was when it was last asked.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) pool: Pool,
    condition: watch::Sender<Condition>,
    /// That of the primary, shared by all its servers.
    history: Arc<Mutex<History>>,
}

/// How a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
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
        Self { pool, condition: watch::Sender::new(Condition::Gone), history }
    }

    pub(super) fn condition(&self) -> Condition {
        *self.condition.borrow()
    }

    pub(super) fn is_now(&self, condition: Condition) {
        let was = self.condition.send_replace(condition);
        if (was == Condition::Gone) != (condition == Condition::Gone) {
            let server = self.pool.name().as_str();
            match condition {
                Condition::Gone => tracing::warn!(server, "the server does not answer"),
                _ => tracing::info!(server, ?condition, "the server answers"),
            }
        }
    }

    /// The server as one to read from, if it is a replica.
    pub(super) fn candidate(&self, index: usize, now: Instant) -> Option<Candidate> {
        let Condition::Replica { replayed } = self.condition() else { return None };
        let lag = self.history.lock().lag(replayed, now);
        Some(Candidate { index, replayed, lag, in_flight: self.pool.in_flight() })
    }

    /// Ends when the server no longer answers.
    pub(crate) async fn gone(&self) {
        // The sender lives as long as `self`.
        _ = self.condition.subscribe().wait_for(|&condition| condition == Condition::Gone).await;
    }
}

impl TellServer for Server {
    fn state(&self) -> ServerState {
        match self.condition() {
            Condition::Gone => ServerState::new(ServerRole::Gone),
            Condition::Primary { .. } => ServerState::new(ServerRole::Primary),
            Condition::Replica { replayed } => {
                let history = self.history.lock();
                let lag = history.lag(replayed, time::now());
                ServerState::replica(lag, history.bytes_behind(replayed))
            }
        }
    }
}
