use perf_core::time::Duration;

/// How long something may take before it is a finding.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    pub(super) long_transaction: Duration,
    pub(super) blocked: Duration,
    pub(super) replica_lag: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            long_transaction: Duration::from_secs(60),
            blocked: Duration::from_secs(1),
            replica_lag: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// How long a transaction may be open. Defaults to 60 s, as pghero's long-running queries.
    #[must_use]
    pub fn long_transaction(mut self, limit: Duration) -> Self {
        self.long_transaction = limit;
        self
    }

    /// How long a statement may wait for a lock. Defaults to 1 s: after as long the server looks for a
    /// deadlock, and `log_lock_waits` logs (PostgreSQL, `deadlock_timeout`).
    #[must_use]
    pub fn blocked(mut self, limit: Duration) -> Self {
        self.blocked = limit;
        self
    }

    /// How far a replica may be behind. Defaults to 60 s, as GitLab's load balancing.
    #[must_use]
    pub fn replica_lag(mut self, limit: Duration) -> Self {
        self.replica_lag = limit;
        self
    }
}
