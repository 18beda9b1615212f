use perf_core::finding::Impact;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint};

/// The statements that a database answered over some time, dearest first.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Workload {
    /// At most as many as were asked for; those that take the most time.
    pub statements: Vec<Statement>,
    /// How long they were counted for.
    pub observed: Duration,
    /// The time of all statements together, of those too that are not listed.
    pub time: Duration,
}

impl Workload {
    /// These statements, counted for this long.
    pub fn of(mut statements: Vec<Statement>, observed: Duration) -> Self {
        statements.sort_by(|a, b| b.time.cmp(&a.time));
        let time = statements.iter().map(|statement| statement.time).sum();
        Self { statements, observed, time }
    }

    /// What it costs that this much of the workload's time is lost.
    pub fn impact(&self, lost: Duration) -> Impact {
        Impact::new(lost, self.observed, self.time)
    }
}

/// One statement of a [`Workload`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Statement {
    /// The statement without its values.
    pub fingerprint: Fingerprint,
    /// As it can be planned, with `$1` for its values. May hold literals, so it is never shown.
    pub(crate) text: Arc<str>,
    /// The server's own number for it, where it gives one.
    pub query_id: Option<i64>,
    /// How often it was run.
    pub calls: u64,
    /// How long it ran in all, with the time to plan it where the server counts that.
    pub time: Duration,
    /// Rows returned or changed in all.
    pub rows: u64,
    /// Who sends it, the most often first; empty for those that no `Db` of this process sent.
    pub senders: Vec<Sender>,
}

impl Statement {
    /// One that was counted elsewhere, as by a load test: its text, with `$1` for its values, how
    /// often it was run and how long that took in all.
    pub fn new(text: &str, calls: u64, time: Duration) -> Self {
        Self {
            fingerprint: Fingerprint::of(text),
            text: text.into(),
            query_id: None,
            calls,
            time,
            rows: 0,
            senders: Vec::new(),
        }
    }

    /// How long one run takes on the average.
    pub fn mean(&self) -> Duration {
        self.time.checked_div(u32::try_from(self.calls).unwrap_or(u32::MAX)).unwrap_or_default()
    }

    pub(crate) fn call_sites(&self) -> impl Iterator<Item = CallSite> {
        self.senders.iter().map(|sender| sender.call_site)
    }
}

/// A place in the source that sends a [`Statement`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sender {
    /// Where.
    pub call_site: CallSite,
    /// Its share of the statement's time, from 0 to 1.
    pub share: f64,
}
