use serde::Serialize;

use crate::event::Name;
use crate::scope;
use crate::sync::Weak;
use crate::time::Duration;
use crate::units::{self, serialize_optional_millis};

/// A database server that can be asked how it is now; handed in with [`register_server`].
pub trait TellServer: Send + Sync {
    /// How it is now. Called in [`Recorder::snapshot`](crate::Recorder::snapshot), which waits for it:
    /// it must neither block nor panic.
    fn state(&self) -> ServerState;
}

/// Has the recorder of the scope that runs now, or the global one, ask this server with every
/// snapshot for as long as it lives. `pool` is the name of the pool of connections to it.
pub fn register_server(pool: &Name, server: Weak<dyn TellServer>) {
    scope::with_recorder(|recorder| recorder.server_source(pool, server.clone()));
}

/// How a database server with replicas is at the moment of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ServerState {
    /// What it is.
    pub role: ServerRole,
    /// How old what a replica answers may be; `None` where that is not known.
    #[serde(rename = "lag_ms", serialize_with = "serialize_optional_millis")]
    pub lag: Option<Duration>,
    /// Bytes of the log that it has not replayed.
    pub lag_bytes: u64,
}

/// What a database server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServerRole {
    /// It takes writes.
    Primary,
    /// It answers reads.
    Replica,
    /// It does not answer.
    Gone,
}

impl ServerRole {
    /// The name in JSON and reports: `primary`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Gone => "gone",
        }
    }
}

impl ServerState {
    /// A server that is not a replica.
    pub fn new(role: ServerRole) -> Self {
        Self { role, lag: None, lag_bytes: 0 }
    }

    /// A replica: how old what it answers may be, `None` where that is not known, and bytes of the
    /// log that it has not replayed.
    pub fn replica(lag: Option<Duration>, lag_bytes: u64) -> Self {
        Self { role: ServerRole::Replica, lag, lag_bytes }
    }

    /// How a reader is told the lag: `1.2 ms`, `unknown`, and `-` for what is no replica.
    pub fn lag_text(&self) -> String {
        match (self.role, self.lag) {
            (_, Some(lag)) => units::duration(lag),
            (ServerRole::Replica, None) => "unknown".to_owned(),
            _ => "-".to_owned(),
        }
    }
}
