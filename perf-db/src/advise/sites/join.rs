//! Makes a workload of what a server has counted and of those who send it.

use std::collections::{BTreeSet, HashMap, HashSet};

use perf_core::Fingerprint;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use super::Sites;
use crate::advise::statements::Statements;
use crate::advise::{Advisor, Missing, Statement, Workload};
use crate::error::DbError;

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
    /// that was not asked about in the last ten minutes: at most 500, and 5 s.
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

/// Somebody looks at the statement behind it, and does not send it for its rows.
fn is_explain(fingerprint: &Fingerprint) -> bool {
    fingerprint.text().starts_with("explain")
}
