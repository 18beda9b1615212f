//! Whether a server is well now: what waits, what is held back, and what runs out.
//!
//! A look at one moment, and at counts since the server counts. Sessions and tables are those of the
//! database that is asked; connections, slots and replicas those of the whole server.

mod autovacuum;
mod blocked;
mod connections;
mod horizon;
mod limits;
mod load;
mod prepared;
mod replicas;
mod sessions;
mod slots;
#[cfg(test)]
mod tests;
mod traffic;
mod wraparound;

use perf_core::Finding;

pub use self::autovacuum::DeadRows;
pub use self::blocked::Blocked;
pub use self::connections::{ApplicationConnections, Connections};
use self::horizon::Horizon;
pub use self::limits::Limits;
pub use self::prepared::PreparedTransactions;
pub use self::replicas::{Recovery, ReplicaState};
pub use self::sessions::SessionState;
pub use self::slots::Slot;
pub use self::traffic::Traffic;
pub use self::wraparound::{Ages, OldestTable};
use super::{Advisor, Missing};
use crate::error::DbError;

/// What a server shows of its health.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Health {
    /// As `server_version_num`: 150018.
    pub version_number: u32,
    /// The database that was asked.
    pub database: String,
    /// Pages that it asked for.
    pub traffic: Option<Traffic>,
    /// How old the transaction numbers of each database are; empty on a replica, whose primary tells.
    pub ages: Vec<Ages>,
    /// Sessions in a transaction.
    pub sessions: Vec<SessionState>,
    /// Statements that wait for a lock.
    pub blocked: Vec<Blocked>,
    /// Tables with the most dead rows; empty on a replica.
    pub dead_rows: Vec<DeadRows>,
    /// Replication slots.
    pub slots: Vec<Slot>,
    /// Connections of the whole server.
    pub connections: Option<Connections>,
    /// Transactions prepared to be committed later.
    pub prepared: Option<PreparedTransactions>,
    /// Servers that follow this one.
    pub replicas: Vec<ReplicaState>,
    /// How far it has followed, where it is a replica.
    pub recovery: Option<Recovery>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

impl Health {
    /// Asks the server.
    ///
    /// # Errors
    /// When the server is not reached. What it does not show is in [`missing`](Self::missing).
    ///
    /// # Cancel safety
    /// Dropping the future asks no further.
    pub async fn load(advisor: &Advisor) -> Result<Self, DbError> {
        advisor.apart(load::load(advisor)).await
    }

    /// What is wrong, the worst first.
    pub fn findings(&self, limits: &Limits) -> Vec<Finding> {
        let horizon = Horizon::of(self);
        let mut findings = Vec::new();
        findings.extend(self.traffic.iter().filter_map(|traffic| traffic.finding(&self.database)));
        findings.extend(self.ages.iter().flat_map(|ages| ages.findings(&self.database)));
        findings.extend(sessions::findings(&self.sessions, limits));
        findings.extend(blocked::findings(&self.blocked, limits));
        findings.extend(self.dead_rows.iter().filter_map(|table| table.finding(horizon.as_ref())));
        findings.extend(self.slots.iter().filter_map(Slot::finding));
        findings.extend(self.connections.iter().flat_map(Connections::findings));
        findings.extend(self.prepared.iter().filter_map(|prepared| prepared.finding(limits)));
        findings.extend(replicas::findings(&self.replicas, limits));
        findings.extend(self.recovery.iter().filter_map(|recovery| recovery.finding(limits)));
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }
}
