use std::collections::BTreeMap;

use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::{Finding, Fingerprint, units};

use super::limits::Limits;
use super::load::{count, seconds};
use crate::advise::plain_strings::read_in_one_way;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A session in a transaction.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionState {
    /// The process that serves it.
    pub pid: i32,
    /// What the client calls itself.
    pub application: String,
    /// Whether it does nothing while the transaction is open.
    pub is_idle: bool,
    /// How long the transaction has been open.
    pub open_for: Duration,
    /// How long it has been in this state.
    pub in_state_for: Duration,
    /// Transactions since the oldest one whose rows it may still want to see: vacuum removes nothing
    /// younger. `None` where it holds nothing back.
    pub holds_back: Option<u64>,
    /// Its last statement; `None` where the user may not see it.
    pub statement: Option<Fingerprint>,
}

/// At ten times the limit it is no slip any more. Own choice.
const CRITICAL_TIMES: u32 = 10;

/// `now()` is when this transaction began. A longer text than this is never shown.
const SESSIONS: &str = own!(
    "\
    select pid, coalesce(application_name, '') as application, \
        state like 'idle in transaction%' as is_idle, \
        extract(epoch from clock_timestamp() - xact_start)::float8 as open_for, \
        extract(epoch from clock_timestamp() - state_change)::float8 as in_state_for, \
        greatest(age(backend_xmin), age(backend_xid))::bigint as holds_back, \
        left(query, 10000) as query \
    from pg_catalog.pg_stat_activity \
    where backend_type = 'client backend' and datname = current_database() \
        and pid <> pg_backend_pid() and xact_start is not null \
    order by xact_start limit 1000"
);

pub(super) async fn read(look: &Transaction) -> Result<Vec<SessionState>, DbError> {
    let mut sessions = Vec::new();
    for row in look.query(SESSIONS, &[]).await? {
        let holds_back: Option<i64> = row.try_get("holds_back")?;
        sessions.push(SessionState {
            pid: row.try_get("pid")?,
            application: row.try_get("application")?,
            is_idle: row.try_get::<_, Option<bool>>("is_idle")?.unwrap_or(false),
            open_for: seconds(&row, "open_for")?.unwrap_or_default(),
            in_state_for: seconds(&row, "in_state_for")?.unwrap_or_default(),
            holds_back: holds_back.map(|_| count(&row, "holds_back")).transpose()?,
            statement: statement(row.try_get("query")?),
        });
    }
    Ok(sessions)
}

/// Without its values. The server cuts texts at `track_activity_query_size`.
pub(super) fn statement(text: Option<&str>) -> Option<Fingerprint> {
    text.filter(|text| !text.is_empty() && *text != "<insufficient privilege>")
        .map(|text| Fingerprint::of(read_in_one_way(text)))
}

/// In keys, where the statement is not known.
pub(super) fn name(statement: Option<&Fingerprint>) -> String {
    statement.map_or("hidden".to_owned(), |statement| format!("{:016x}", statement.id()))
}

pub(super) fn shown(statement: Option<&Fingerprint>) -> &str {
    statement.map_or("a statement that this user may not see", Fingerprint::text)
}

/// One for each statement that was the last of such transactions.
pub(super) fn findings(sessions: &[SessionState], limits: &Limits) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, bool), Vec<&SessionState>> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.open_for >= limits.long_transaction) {
        let key = (name(session.statement.as_ref()), session.is_idle);
        groups.entry(key).or_default().push(session);
    }
    groups.into_iter().filter_map(|((name, _), group)| finding(&name, &group, limits)).collect()
}

fn finding(name: &str, group: &[&SessionState], limits: &Limits) -> Option<Finding> {
    let oldest = group.iter().max_by_key(|session| session.open_for)?;
    let is_bad = oldest.open_for >= limits.long_transaction.saturating_mul(CRITICAL_TIMES);
    let idle = if oldest.is_idle { "idle:" } else { "" };
    let subject = shown(oldest.statement.as_ref());
    let mut finding = Finding::new(FindingKind::LongTransaction, format!("{idle}{name}"), subject)
        .severity(if is_bad { Severity::Critical } else { Severity::Warning })
        .evidence("open for", units::duration(oldest.open_for))
        .evidence("transactions like it", units::count(group.len() as u64));
    if oldest.is_idle {
        finding = finding.evidence("idle for", units::duration(oldest.in_state_for));
    }
    if !oldest.application.is_empty() {
        finding = finding.evidence("application", oldest.application.as_str());
    }
    if let Some(holds_back) = group.iter().filter_map(|session| session.holds_back).max() {
        let value = format!("what {} transactions have left behind", units::count(holds_back));
        finding = finding.evidence("keeps from vacuum", value);
    }
    let advice = if oldest.is_idle {
        "commit or roll back before waiting for anything else, and set \
         idle_in_transaction_session_timeout: its locks are held and vacuum is held back meanwhile"
    } else {
        "do it in smaller transactions, or on a replica: vacuum is held back meanwhile"
    };
    Some(finding.advice(advice).code(format!("select pg_terminate_backend({});", oldest.pid)))
}
