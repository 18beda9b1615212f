use perf_core::time::Duration;

/// Ten years: longer than any entry lives, and short enough for every clock it is added to.
pub(crate) const MAX_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// How long a value is kept.
///
/// ```
/// use std::time::Duration;
/// use perf_cache::Policy;
///
/// let policy = Policy::ttl(Duration::from_secs(600)).jitter(0.25);
/// assert_ne!(policy, Policy::ttl(Duration::from_secs(600)));
/// ```
///
/// A plain [`Duration`] stands for a policy with that ttl wherever one is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a policy does nothing until it is given to a cache"]
#[non_exhaustive]
pub struct Policy {
    ttl: Duration,
    jitter: f64,
}

impl Policy {
    /// Keeps a value for at most `ttl`, cut to ten years. A ttl of zero keeps nothing: callers that
    /// wait for the value get it, and the next one loads again.
    pub const fn ttl(ttl: Duration) -> Self {
        Self { ttl, jitter: 0.1 }
    }

    /// The largest share of the ttl, from 0 to 1, that is taken off at random, so that values
    /// stored together do not expire together. Defaults to 0.1.
    pub const fn jitter(mut self, share: f64) -> Self {
        // Written so that NaN counts as 0.
        self.jitter = if share > 0.0 { share.min(1.0) } else { 0.0 };
        self
    }

    /// The ttl of one value.
    pub(crate) fn draw(&self) -> Duration {
        let ttl = self.ttl.min(MAX_TTL);
        ttl.mul_f64(1.0 - fastrand::f64() * self.jitter)
    }
}

impl From<Duration> for Policy {
    fn from(ttl: Duration) -> Self {
        Self::ttl(ttl)
    }
}
