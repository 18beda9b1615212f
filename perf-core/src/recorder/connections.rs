use serde::Serialize;

use crate::event::Name;
use crate::scope;
use crate::sync::Weak;

/// A pool that can be asked what its server has for it; handed in with [`register_pool`].
pub trait TellConnections: Send + Sync {
    /// What it knows. Called in [`Recorder::snapshot`](crate::Recorder::snapshot), which waits for it:
    /// it must neither block nor panic.
    fn connections(&self) -> Option<ServerConnections>;
}

/// Has the recorder of the scope that runs now, or the global one, ask this pool with every snapshot
/// for as long as it lives.
pub fn register_pool(pool: &Name, teller: Weak<dyn TellConnections>) {
    scope::with_recorder(|recorder| recorder.connections_source(pool, teller.clone()));
}

/// The connections of a database server, when its pool last looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServerConnections {
    /// Those that it lets in at once.
    pub max: u64,
    /// Those of them that are kept for administrators.
    pub reserved: u64,
    /// Those that are open, by whomever.
    pub open: u64,
    /// Instances of this service, as far as they can be told apart: places that connect to this
    /// database as this user, by address and application name.
    pub instances: u64,
}

impl ServerConnections {
    /// A server that lets `max` in, keeps `reserved` of them, and has `open`.
    pub fn new(max: u64, reserved: u64, open: u64) -> Self {
        Self { max, reserved, open, instances: 1 }
    }

    /// Instances of this service. Defaults to 1.
    #[must_use]
    pub fn instances(mut self, instances: u64) -> Self {
        self.instances = instances;
        self
    }

    /// Those that a service can have.
    pub fn usable(&self) -> u64 {
        self.max.saturating_sub(self.reserved)
    }
}
