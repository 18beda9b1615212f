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
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a policy does nothing until it is given to a cache"]
#[non_exhaustive]
pub struct Policy {
    ttl: Duration,
    jitter: f64,
    tags: Vec<String>,
    refresh_at: Option<f64>,
    early: Option<f64>,
    idle: Option<Duration>,
    stale_while_revalidate: Option<Duration>,
    stale_if_error: Option<Duration>,
    soft_timeout: Option<Duration>,
    hard_timeout: Option<Duration>,
    negative: Option<Duration>,
}

impl Policy {
    /// Keeps a value for at most `ttl`, cut to ten years. A ttl of zero keeps nothing: callers that
    /// wait for the value get it, and the next one loads again.
    pub const fn ttl(ttl: Duration) -> Self {
        Self {
            ttl,
            jitter: 0.1,
            tags: Vec::new(),
            refresh_at: None,
            early: None,
            idle: None,
            stale_while_revalidate: None,
            stale_if_error: None,
            soft_timeout: None,
            hard_timeout: None,
            negative: None,
        }
    }

    /// The largest share of the ttl, from 0 to 1, that is taken off at random, so that values
    /// stored together do not expire together. Defaults to 0.1.
    pub const fn jitter(mut self, share: f64) -> Self {
        // Written so that NaN counts as 0.
        self.jitter = if share > 0.0 { share.min(1.0) } else { 0.0 };
        self
    }

    /// Sets `idle`.
    pub const fn idle(mut self, duration: Duration) -> Self {
        self.idle = Some(duration);
        self
    }

    /// Sets `stale_while_revalidate`.
    pub const fn stale_while_revalidate(mut self, duration: Duration) -> Self {
        self.stale_while_revalidate = Some(duration);
        self
    }

    /// Sets `stale_if_error`.
    pub const fn stale_if_error(mut self, duration: Duration) -> Self {
        self.stale_if_error = Some(duration);
        self
    }

    /// Sets `soft_timeout`.
    pub const fn soft_timeout(mut self, duration: Duration) -> Self {
        self.soft_timeout = Some(duration);
        self
    }

    /// Sets `hard_timeout`.
    pub const fn hard_timeout(mut self, duration: Duration) -> Self {
        self.hard_timeout = Some(duration);
        self
    }

    /// Sets `negative`.
    pub const fn negative(mut self, duration: Duration) -> Self {
        self.negative = Some(duration);
        self
    }

    /// Sets `refresh_at`.
    pub const fn refresh_at(mut self, share: f64) -> Self {
        self.refresh_at = Some(share);
        self
    }

    /// Sets `early`.
    pub const fn early(mut self, share: f64) -> Self {
        self.early = Some(share);
        self
    }

    /// Adds a tag.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds tags.
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// The same policy for a value that says that there is nothing.
    pub(crate) fn for_nothing(mut self) -> Self {
        self.ttl = self.negative.unwrap_or(self.ttl);
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
