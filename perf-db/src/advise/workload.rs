use std::fmt;

use perf_core::finding::Impact;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use perf_core::{CallSite, Finding, Fingerprint};

use super::explain::PLANNED_WORDS;
use super::statements::{self, Statements};
use crate::statement::MAX_TEXT_BYTES;

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
    pub fn counted(mut statements: Vec<Statement>, observed: Duration) -> Self {
        statements.sort_by_key(|statement| std::cmp::Reverse(statement.time));
        let time = statements.iter().map(|statement| statement.time).sum();
        Self { statements, observed, time }
    }

    /// What it costs that this much of the workload's time is lost.
    pub fn impact(&self, lost: Duration) -> Impact {
        Impact::new(lost, self.observed, self.time)
    }

    /// Where the statements at these places are sent from, each place of the source once.
    pub(crate) fn call_sites(&self, places: impl IntoIterator<Item = usize>) -> Vec<CallSite> {
        let statements = places.into_iter().filter_map(|place| self.statements.get(place));
        let mut call_sites = Vec::new();
        for call_site in statements.flat_map(Statement::call_sites) {
            if !call_sites.contains(&call_site) {
                call_sites.push(call_site);
            }
        }
        call_sites
    }

    /// What the counters of these statements, of which the workload was made, tell by themselves:
    /// statements that are slow, take much of the time, are planned for longer than they run, or
    /// write temporary files.
    pub fn findings(&self, statements: &Statements) -> Vec<Finding> {
        statements::findings(self, statements)
    }
}

/// One statement of a [`Workload`].
#[derive(Clone)]
#[non_exhaustive]
pub struct Statement {
    /// The statement without its values.
    pub fingerprint: Fingerprint,
    /// As it was sent, or as the server keeps it with `$1` for its values; see
    /// [`plannable`](Self::plannable). May hold literals, so it is never shown.
    pub(crate) text: Arc<str>,
    /// The server's own number for it, where it gives one.
    pub query_id: Option<i64>,
    /// How often it was run.
    pub calls: u64,
    /// How long it ran in all, with the time to plan it where the server counts that.
    pub time: Duration,
    /// Rows returned or changed in all.
    pub rows: u64,
    /// Who sends it, dearest first; empty for those that no `Db` of this process sent.
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
        statements::mean(self.time, self.calls)
    }

    /// The text, if the server can make a plan for it: not for what is no query, nor for a text that
    /// the server or the client has cut.
    pub(crate) fn plannable(&self) -> Option<&str> {
        is_plannable(&self.text).then_some(&*self.text)
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

/// Without the text, which may hold literals.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("fingerprint", &self.fingerprint.text())
            .field("query_id", &self.query_id)
            .field("calls", &self.calls)
            .field("time", &self.time)
            .field("rows", &self.rows)
            .field("senders", &self.senders)
            .finish()
    }
}

/// Whether `explain` takes the statement, by its first word.
pub(crate) fn is_plannable(text: &str) -> bool {
    if text.is_empty() || text.len() > MAX_TEXT_BYTES {
        return false;
    }
    let fingerprint = Fingerprint::of(text);
    let word = fingerprint.text().trim_start_matches('(').split([' ', '(']).next();
    word.is_some_and(|word| PLANNED_WORDS.contains(&word))
}
