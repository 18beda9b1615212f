use crate::time::Duration;

/// How often and how long something was done again and again, in one scope or in many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeated {
    /// Scopes that did it.
    pub(crate) scopes: u64,
    /// How often all of them did.
    pub(crate) times: u64,
    /// How often the worst of them did.
    pub(crate) most: u64,
    /// The time it took.
    pub(crate) time: Duration,
    /// That time without the longest of each scope: what doing it once, or all at once, would save.
    pub(crate) wasted: Duration,
    /// The time of those scopes.
    pub(crate) scope_time: Duration,
}

impl Repeated {
    /// How often one scope does it: the mean and the worst.
    pub(super) fn times_per_scope(&self) -> String {
        let mean = self.times as f64 / self.scopes.max(1) as f64;
        format!("{mean:.1}, at most {}", self.most)
    }

    /// A time of all scopes, for one of them.
    pub(super) fn per_scope(&self, time: Duration) -> Duration {
        time.div_f64(self.scopes.max(1) as f64)
    }
}
