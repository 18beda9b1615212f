use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use perf_core::finding::Impact;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use perf_core::{CallSite, Finding, Fingerprint};

use super::advisor::Advisor;
use super::missing::Missing;
use super::sites::Sites;
use super::statements::{self, Statements};
use crate::error::DbError;
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
        statements.sort_by_key(|statement| Reverse(statement.time));
        let time = statements.iter().map(|statement| statement.time).sum();
        Self { statements, observed, time }
    }

    /// What it costs that this much of the workload's time is lost.
    pub fn impact(&self, lost: Duration) -> Impact {
        Impact::new(lost, self.observed, self.time)
    }

    /// What the counters of these statements, of which the workload was made, tell by themselves:
    /// statements that are slow, take much of the time, are planned for longer than they run, or
    /// write temporary files.
    pub fn findings(&self, statements: &Statements) -> Vec<Finding> {
        statements::findings(self, statements)
    }
}

impl Advisor {
    /// The `top` dearest of these statements, each with those who send it, and what is not known
    /// about that.
    ///
    /// Statements of one fingerprint are one, also where the server tells them apart, as it does
    /// with tables of one name in two schemas.
    ///
    /// # Errors
    /// When the server cannot be asked.
    ///
    /// # Cancel safety
    /// Dropping the future cancels what was asked.
    ///
    /// # Cost
    /// One `explain`, which does not run the statement, for each text that this process has sent and
    /// that was not asked about before: at most 500, and 5 s.
    pub async fn workload(
        &self,
        statements: &Statements,
        top: usize,
    ) -> Result<(Workload, Vec<Missing>), DbError> {
        let sites = self.apart(Sites::load(self, statements)).await?;
        let own = self.own().snapshot();
        let own = own.queries.iter().filter_map(|q| u64::from_str_radix(&q.fingerprint, 16).ok());
        let workload = Workload::of_server(statements, &sites, &own.collect(), top);
        Ok((workload, sites.missing))
    }

    /// The `top` dearest statements that this process alone has sent over this
    /// [`Db`](crate::Db), as its recorder has counted them: for a server without
    /// `pg_stat_statements`.
    ///
    /// Asks nobody. The times are those of the client, with the way to the server and back.
    pub fn own_workload(&self, top: usize) -> (Workload, Vec<Missing>) {
        let sites = Sites::of_process(self);
        let workload = Workload::of_process(&sites, top);
        (workload, sites.missing)
    }
}

/// Statements of the server that are one.
#[derive(Default)]
struct Group {
    fingerprint: Option<Fingerprint>,
    text: Option<Arc<str>>,
    query_id: Option<i64>,
    /// Under which this process sends them.
    fingerprints: BTreeSet<u64>,
    calls: u64,
    time: Duration,
    rows: u64,
}

impl Workload {
    /// `own` are the fingerprints of what the advisor has sent.
    fn of_server(statements: &Statements, sites: &Sites, own: &HashSet<u64>, top: usize) -> Self {
        let mut places: HashMap<u64, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for statement in &statements.statements {
            let fingerprint = &statement.fingerprint;
            if own.contains(&fingerprint.id()) || is_explain(fingerprint) {
                continue;
            }
            let texts = sites.texts(statement.query_id, fingerprint);
            // Under the recorder's name for it the trouble is the same as the one that the recorder
            // finds.
            let named = texts.first().map_or(fingerprint, |text| &text.fingerprint);
            let place = *places.entry(named.id()).or_insert_with(|| {
                groups.push(Group::default());
                groups.len() - 1
            });
            let group = &mut groups[place];
            group.fingerprint.get_or_insert_with(|| named.clone());
            group.query_id.get_or_insert(statement.query_id);
            if group.text.is_none() {
                let sent = texts.first().map(|text| Arc::from(&*text.text));
                group.text = sent.or_else(|| statement.text.clone());
            }
            group.fingerprints.insert(fingerprint.id());
            group.fingerprints.extend(texts.iter().map(|text| text.fingerprint.id()));
            group.calls += statement.calls;
            group.time += statement.time();
            group.rows += statement.rows;
        }
        let statements_of_groups = groups.into_iter().filter_map(|group| {
            Some(Statement {
                fingerprint: group.fingerprint?,
                text: group.text.unwrap_or_default(),
                query_id: group.query_id,
                calls: group.calls,
                time: group.time,
                rows: group.rows,
                senders: sites.senders.of_all(group.fingerprints.iter()),
            })
        });
        let observed = statements.observed.unwrap_or_default();
        Self::dearest(statements_of_groups.collect(), top, observed, statements.time)
    }

    fn of_process(sites: &Sites, top: usize) -> Self {
        let statements: Vec<Statement> = sites
            .all()
            .map(|text| {
                let sent = sites.senders.sent(&text.fingerprint);
                Statement {
                    fingerprint: text.fingerprint.clone(),
                    text: Arc::from(&*text.text),
                    query_id: text.query_id(),
                    calls: sent.calls,
                    time: sent.time,
                    rows: sent.rows,
                    senders: sites.senders.of_all([text.fingerprint.id()].iter()),
                }
            })
            .collect();
        let time = statements.iter().map(|statement| statement.time).sum();
        Self::dearest(statements, top, sites.senders.observed, time)
    }

    fn dearest(
        mut statements: Vec<Statement>,
        top: usize,
        observed: Duration,
        time: Duration,
    ) -> Self {
        statements.sort_by(|a, b| {
            b.time.cmp(&a.time).then_with(|| a.fingerprint.text().cmp(b.fingerprint.text()))
        });
        statements.truncate(top);
        Self { statements, observed, time }
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
    const WORDS: [&str; 8] =
        ["select", "with", "insert", "update", "delete", "merge", "values", "table"];
    if text.is_empty() || text.len() > MAX_TEXT_BYTES {
        return false;
    }
    let fingerprint = Fingerprint::of(text);
    let word = fingerprint.text().trim_start_matches('(').split([' ', '(']).next();
    word.is_some_and(|word| WORDS.contains(&word))
}

/// Somebody looks at the statement behind it, and does not send it for its rows.
fn is_explain(fingerprint: &Fingerprint) -> bool {
    fingerprint.text().starts_with("explain")
}
