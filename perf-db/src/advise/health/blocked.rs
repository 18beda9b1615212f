use std::collections::{BTreeMap, HashMap, HashSet};

use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::{Finding, Fingerprint, units};

use super::limits::Limits;
use super::load::seconds;
use super::sessions::{name, shown, statement};
use crate::advise::{OWN, Server};
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A statement that waits for a lock, and one who has it or comes before it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Blocked {
    /// The process that waits.
    pub pid: i32,
    /// What waits; `None` where the user may not see it.
    pub statement: Option<Fingerprint>,
    /// How long it has waited.
    pub waited: Duration,
    /// The process in its way; 0 for a transaction that was prepared to be committed later.
    pub blocker: i32,
    /// What that one did last.
    pub blocker_statement: Option<Fingerprint>,
    /// What that one is doing: `active`, `idle in transaction`.
    pub blocker_state: String,
    /// What that one calls itself.
    pub blocker_application: String,
    /// How long the transaction in its way has been open.
    pub blocker_open_for: Option<Duration>,
}

/// So long a wait is what a person notices as an outage. pghero's time for long statements.
const CRITICAL_WAIT: Duration = Duration::from_secs(60);

/// Who blocks is asked only for those that wait: it locks the server's table of locks for a moment.
/// Where the server does not say when the wait began (before 14), the statement's begin has to do.
pub(super) async fn read(look: &Transaction, server: &Server) -> Result<Vec<Blocked>, DbError> {
    let since = if server.version_number >= 140_000 {
        "coalesce((select min(l.waitstart) from pg_catalog.pg_locks l \
             where l.pid = w.pid and not l.granted), w.query_start)"
    } else {
        "w.query_start"
    };
    let sql = format!(
        "with waiting as materialized ( \
             select pid, query, query_start from pg_catalog.pg_stat_activity \
             where wait_event_type = 'Lock' and datname = current_database() limit 1000) \
         select w.pid, left(w.query, 10000) as query, \
             extract(epoch from clock_timestamp() - {since})::float8 as waited, by.pid as blocker, \
             left(b.query, 10000) as blocker_query, coalesce(b.state, '') as blocker_state, \
             coalesce(b.application_name, '') as blocker_application, \
             extract(epoch from clock_timestamp() - b.xact_start)::float8 as blocker_open_for \
         from waiting w cross join lateral unnest(pg_blocking_pids(w.pid)) as by (pid) \
             left join pg_catalog.pg_stat_activity b on b.pid = by.pid and by.pid <> 0 \
         order by waited desc nulls last, w.pid, blocker limit 10000 {OWN}"
    );
    let mut blocked = Vec::new();
    for row in look.query(sql, &[]).await? {
        blocked.push(Blocked {
            pid: row.try_get("pid")?,
            statement: statement(row.try_get("query")?),
            waited: seconds(&row, "waited")?.unwrap_or_default(),
            blocker: row.try_get("blocker")?,
            blocker_statement: statement(row.try_get("blocker_query")?),
            blocker_state: row.try_get("blocker_state")?,
            blocker_application: row.try_get("blocker_application")?,
            blocker_open_for: seconds(&row, "blocker_open_for")?,
        });
    }
    Ok(blocked)
}

/// One for each statement that waits, with whom it waits for in the end.
pub(super) fn findings(blocked: &[Blocked], limits: &Limits) -> Vec<Finding> {
    let mut first_of: HashMap<i32, &Blocked> = HashMap::new();
    for wait in blocked {
        first_of.entry(wait.pid).or_insert(wait);
    }
    let mut groups: BTreeMap<String, Vec<&Blocked>> = BTreeMap::new();
    for wait in first_of.values().filter(|wait| wait.waited >= limits.blocked) {
        groups.entry(name(wait.statement.as_ref())).or_default().push(wait);
    }
    let group = |(name, group): (String, Vec<&Blocked>)| finding(&name, &group, &first_of);
    groups.into_iter().filter_map(group).collect()
}

fn finding(name: &str, group: &[&Blocked], first_of: &HashMap<i32, &Blocked>) -> Option<Finding> {
    let longest = group.iter().max_by_key(|wait| (wait.waited, wait.pid))?;
    let root = root(longest, first_of);
    let is_bad = longest.waited >= CRITICAL_WAIT;
    let subject = shown(longest.statement.as_ref());
    let mut finding = Finding::new(FindingKind::BlockedStatement, name, subject)
        .severity(if is_bad { Severity::Critical } else { Severity::Warning })
        .evidence("waits for", units::duration(longest.waited))
        .evidence("waiting like it", units::count(group.len() as u64));
    if root.blocker == 0 {
        return Some(finding.evidence("blocked by", "a prepared transaction").advice(
            "commit or roll back the prepared transaction: nobody else can end it",
        ).code("select gid, prepared, owner, database from pg_prepared_xacts order by prepared;"));
    }
    finding = finding
        .evidence("blocked by", shown(root.blocker_statement.as_ref()))
        .evidence("which is", root.blocker_state.as_str());
    if let Some(open_for) = root.blocker_open_for {
        finding = finding.evidence("its transaction open for", units::duration(open_for));
    }
    if !root.blocker_application.is_empty() {
        finding = finding.evidence("its application", root.blocker_application.as_str());
    }
    let advice = if root.blocker_state.starts_with("idle in transaction") {
        "end the transaction that holds the lock and does nothing, and commit before waiting for \
         anything else"
    } else {
        "shorten the transaction that holds the lock, and set lock_timeout for statements that may \
         wait"
    };
    Some(finding.advice(advice).code(format!("select pg_terminate_backend({});", root.blocker)))
}

/// The wait at the end of the chain: its blocker waits for nobody. In a circle, which the server is
/// about to break, any of it.
fn root<'a>(wait: &'a Blocked, first_of: &HashMap<i32, &'a Blocked>) -> &'a Blocked {
    let mut seen = HashSet::from([wait.pid]);
    let mut wait = wait;
    while let Some(next) = first_of.get(&wait.blocker)
        && seen.insert(next.pid)
    {
        wait = next;
    }
    wait
}
