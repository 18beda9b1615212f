use perf_core::time::Duration;

use crate::fence::TagId;

/// Ten years: longer than any entry lives, and short enough for every clock it is added to.
pub(crate) const MAX_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Tags that one value may have; more are refused by every tier.
pub(crate) const MAX_TAGS: usize = 64;

/// How long a value is kept, and what happens around that moment.
///
/// ```
/// use std::time::Duration;
/// use perf_cache::Policy;
///
/// let minute = Duration::from_secs(60);
/// let policy = Policy::ttl(10 * minute)
///     .tag("products")
///     .stale_while_revalidate(minute)
///     .stale_if_error(60 * minute);
/// assert_ne!(policy, Policy::ttl(10 * minute));
/// ```
///
/// A plain [`Duration`] stands for a policy with that ttl wherever one is asked for.
///
/// A value is *fresh* for its ttl. After that it is *stale*: it may be served while it is loaded anew
/// ([`stale_while_revalidate`](Self::stale_while_revalidate)) or because that failed
/// ([`stale_if_error`](Self::stale_if_error)), and is gone when neither holds. What was invalidated is
/// gone at once, in every case.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a policy does nothing until it is given to a cache"]
pub struct Policy {
    pub(crate) ttl: Duration,
    pub(crate) jitter: f64,
    pub(crate) tags: Vec<TagId>,
    pub(crate) idle: Option<Duration>,
    pub(crate) stale_while_revalidate: Duration,
    pub(crate) stale_if_error: Duration,
    pub(crate) refresh_at: Option<f64>,
    pub(crate) early: f64,
    pub(crate) soft_timeout: Option<Duration>,
    pub(crate) hard_timeout: Option<Duration>,
    pub(crate) negative: Option<Duration>,
    pub(crate) weight: Option<u64>,
}

impl Policy {
    /// Keeps a value for at most `ttl`, cut to ten years. A ttl of zero keeps nothing: callers that
    /// wait for the value get it, and the next one loads again.
    pub const fn ttl(ttl: Duration) -> Self {
        Self {
            ttl,
            jitter: 0.1,
            tags: Vec::new(),
            idle: None,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            refresh_at: None,
            early: 0.0,
            soft_timeout: None,
            hard_timeout: None,
            negative: None,
            weight: None,
        }
    }

    /// The largest share of the ttl, from 0 to 1, that is taken off at random, so that values
    /// stored together do not expire together. Defaults to 0.1.
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = part(share);
        self
    }

    /// Adds a tag: [`Cache::invalidate_tag`](crate::Cache::invalidate_tag) removes all values that
    /// have it. A value has 64 tags at most; with more it is not kept. Defaults to none.
    pub fn tag(mut self, tag: impl AsRef<str>) -> Self {
        self.tags.push(TagId::of(tag.as_ref()));
        self
    }

    /// Adds several tags.
    pub fn tags<T: AsRef<str>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags.extend(tags.into_iter().map(|tag| TagId::of(tag.as_ref())));
        self
    }

    /// Lets a value go, in this process, that nobody has asked for during this time. Defaults to
    /// never.
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }

    /// For how long after its ttl a value is served while it is loaded anew in the background
    /// ([RFC 5861](https://www.rfc-editor.org/rfc/rfc5861)). Defaults to zero.
    pub const fn stale_while_revalidate(mut self, window: Duration) -> Self {
        self.stale_while_revalidate = window;
        self
    }

    /// For how long after its ttl a value is served when loading it anew fails, panics or takes
    /// longer than the hard timeout ([RFC 5861](https://www.rfc-editor.org/rfc/rfc5861)). The next load
    /// is tried after a back-off of a tenth of this window, between 100 ms and 30 s. Defaults to zero.
    pub const fn stale_if_error(mut self, window: Duration) -> Self {
        self.stale_if_error = window;
        self
    }

    /// Loads a value anew in the background when it is asked for after this share of its ttl, from 0
    /// to 1, so that a value in use never expires. Defaults to never.
    pub const fn refresh_at(mut self, share: f64) -> Self {
        self.refresh_at = Some(part(share));
        self
    }

    /// Loads a value anew in the background some time before it expires, at random: the sooner, the
    /// longer its load takes and the greater `beta` is (XFetch: Vattani, Chierichetti and Lowenstein,
    /// "Optimal probabilistic cache stampede prevention", VLDB 2015). With many processes on one Redis
    /// only some load at once. 1 is a good value; defaults to 0, which is never.
    pub const fn early(mut self, beta: f64) -> Self {
        self.early = if beta > 0.0 { beta } else { 0.0 };
        self
    }

    /// How long a caller waits for a load when there is a stale value to serve: after that it gets the
    /// stale one, and the load goes on. Defaults to for ever.
    pub const fn soft_timeout(mut self, limit: Duration) -> Self {
        self.soft_timeout = Some(limit);
        self
    }

    /// How long a load may take before it counts as failed. Defaults to for ever.
    pub const fn hard_timeout(mut self, limit: Duration) -> Self {
        self.hard_timeout = Some(limit);
        self
    }

    /// How long it is kept that there is no value. Defaults to not at all.
    pub const fn negative(mut self, ttl: Duration) -> Self {
        self.negative = Some(ttl);
        self
    }

    /// What a value takes of the budget, in bytes, when you know better than the estimate: it cannot
    /// see fields that serde skips and capacity that is not used. Defaults to the estimate.
    pub const fn weight(mut self, bytes: u64) -> Self {
        self.weight = Some(bytes);
        self
    }

    /// The policy for a value that says that there is nothing.
    pub(crate) fn for_nothing(self) -> Self {
        Self { ttl: self.negative.unwrap_or(self.ttl), ..self }
    }

    /// The ttl of one value.
    pub(crate) fn draw(&self) -> Duration {
        let ttl = self.ttl.min(MAX_TTL);
        ttl.mul_f64(1.0 - fastrand::f64() * self.jitter)
    }

    /// How long after its ttl a value may still be served for some reason.
    pub(crate) fn longest_stale(&self) -> Duration {
        self.stale_while_revalidate.max(self.stale_if_error).min(MAX_TTL)
    }
}

/// A share between 0 and 1; NaN counts as 0.
pub(crate) const fn part(share: f64) -> f64 {
    if share > 0.0 { share.min(1.0) } else { 0.0 }
}

impl From<Duration> for Policy {
    fn from(ttl: Duration) -> Self {
        Self::ttl(ttl)
    }
}

impl From<&Policy> for Policy {
    fn from(policy: &Policy) -> Self {
        policy.clone()
    }
}
