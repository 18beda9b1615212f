use perf_core::time::Duration;

/// How often what goes wrong, as shares from 0 to 1, and how long things take. By default nothing goes
/// wrong and nothing takes any time.
///
/// ```
/// use perf_cache::testing::Faults;
///
/// let faults = Faults::default().notices_lost(0.3).answers_lost(0.01);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "faults do nothing until a world has them"]
pub struct Faults {
    pub(super) latency: Duration,
    pub(super) slow: f64,
    pub(super) slow_latency: Duration,
    pub(super) failed: f64,
    pub(super) answers_lost: f64,
    pub(super) zombies: f64,
    pub(super) zombie_delay: Duration,
    pub(super) notices_lost: f64,
    pub(super) notices_delayed: f64,
    pub(super) notice_delay: Duration,
    pub(super) notices_repeated: f64,
    pub(super) evictions: f64,
    pub(super) tag_evictions: f64,
}

impl Faults {
    /// Some of everything.
    pub fn mixed() -> Self {
        let ms = Duration::from_millis;
        Self::default()
            .latency(ms(5))
            .slow(0.02, ms(600))
            .failed(0.01)
            .answers_lost(0.01)
            .zombies(0.5, ms(4_000))
            .notices_lost(0.1)
            .notices_delayed(0.1, ms(2_000))
            .notices_repeated(0.1)
            .evictions(0.01)
            .tag_evictions(0.01)
    }

    /// The longest way of a command to the server, and of an answer or a notice back. Defaults to zero.
    pub fn latency(mut self, longest: Duration) -> Self {
        self.latency = longest;
        self
    }

    /// Commands that take far longer, up to `longest`, and hold up those behind them. Defaults to none.
    pub fn slow(mut self, share: f64, longest: Duration) -> Self {
        (self.slow, self.slow_latency) = (share, longest);
        self
    }

    /// Commands that fail at once. Defaults to none.
    pub fn failed(mut self, share: f64) -> Self {
        self.failed = share;
        self
    }

    /// Commands that are done though their callers never get an answer. Defaults to none.
    pub fn answers_lost(mut self, share: f64) -> Self {
        self.answers_lost = share;
        self
    }

    /// Of the commands whose callers have given up, those that arrive all the same, up to `latest` later
    /// and after commands that were sent later. Defaults to none.
    pub fn zombies(mut self, share: f64, latest: Duration) -> Self {
        (self.zombies, self.zombie_delay) = (share, latest);
        self
    }

    /// Notices that do not arrive, drawn for each node. Defaults to none.
    pub fn notices_lost(mut self, share: f64) -> Self {
        self.notices_lost = share;
        self
    }

    /// Notices that arrive up to `longest` late, after later ones. Defaults to none.
    pub fn notices_delayed(mut self, share: f64, longest: Duration) -> Self {
        (self.notices_delayed, self.notice_delay) = (share, longest);
        self
    }

    /// Notices that arrive twice. Defaults to none.
    pub fn notices_repeated(mut self, share: f64) -> Self {
        self.notices_repeated = share;
        self
    }

    /// Commands before which the server evicts one key: a value, or the versions of the cache as a
    /// whole. Defaults to none.
    pub fn evictions(mut self, share: f64) -> Self {
        self.evictions = share;
        self
    }

    /// Commands before which the server evicts the version of a tag. With it goes the knowledge of when
    /// the tag was invalidated, so that a load which began before may be stored after. Defaults to none.
    pub fn tag_evictions(mut self, share: f64) -> Self {
        self.tag_evictions = share;
        self
    }
}

/// What becomes of commands to a server that is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cut {
    /// They fail at once, and the channel says that it is broken: a server that was stopped.
    Fails,
    /// They get no answer, and the channel is silent: a server that is frozen, a network that drops
    /// what it carries. What is waiting when it heals may still arrive.
    Hangs,
}
