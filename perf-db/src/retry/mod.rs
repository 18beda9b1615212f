//! Transactions that are begun anew when something was in the way.

mod transaction;
mod tries;

use perf_core::time::Duration;

/// How often and for how long a transaction is begun again; for
/// [`Db::transaction_with_retry`](crate::Db::transaction_with_retry).
///
/// Between two tries there is a pause, random between nothing and a bound that doubles each time:
/// transactions that were in each other's way do not meet again.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[must_use = "a policy does nothing by itself"]
pub struct Retry {
    tries: u32,
    within: Duration,
    first_pause: Duration,
    longest_pause: Duration,
    unknown_commits: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 5,
            within: Duration::from_secs(10),
            first_pause: Duration::from_millis(10),
            longest_pause: Duration::from_secs(1),
            unknown_commits: false,
        }
    }
}

impl Retry {
    /// A policy with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How often the transaction is tried in all; 0 counts as 1. Defaults to 5.
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries;
        self
    }

    /// When no other try is begun any more, counted from the first. Defaults to 10 s: longer than
    /// most failovers take, and than most callers wait.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// The longest that the first pause may be. Defaults to 10 ms.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// The longest that any pause may be. Defaults to 1 s.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause;
        self
    }

    /// Whether the transaction is tried again also when its connection broke during the commit, so
    /// that its changes may be there already. For transactions that do no harm when they are done
    /// twice. Defaults to false.
    pub fn unknown_commits(mut self, repeat: bool) -> Self {
        self.unknown_commits = repeat;
        self
    }
}
