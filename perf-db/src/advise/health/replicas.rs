use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::units;

use super::limits::Limits;
use super::load::{count, seconds};
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A server that follows this one.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReplicaState {
    /// What it calls itself.
    pub name: String,
    /// `streaming`, or what it does on the way there; empty where the user may not see it.
    pub state: String,
    /// How long ago it was where it has replayed to; `None` where nothing has been written since.
    pub lag: Option<Duration>,
    /// What of the log it has not replayed.
    pub behind_bytes: u64,
    /// Transactions since the oldest one whose rows it may want to see: vacuum removes nothing younger.
    pub holds_back: Option<u64>,
}

/// How far a replica has followed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Recovery {
    /// Whether it is connected to its primary; an archive does without.
    pub is_receiving: bool,
    /// Whether somebody has stopped its replay.
    pub is_paused: bool,
    /// What it has received and not replayed.
    pub behind_bytes: u64,
    /// Time since the last commit that it has replayed; zero when it has replayed all that it
    /// received and is connected.
    pub lag: Option<Duration>,
}

/// At ten times the limit it is no longer a busy minute. Own choice.
const CRITICAL_TIMES: u32 = 10;

const REPLICAS: &str = own!(
    "\
    select coalesce(application_name, '') as name, coalesce(state, '') as state, \
        extract(epoch from replay_lag)::float8 as lag, age(backend_xmin)::bigint as holds_back, \
        pg_wal_lsn_diff(case when pg_is_in_recovery() \
            then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
            else pg_current_wal_lsn() end, replay_lsn)::bigint as behind \
    from pg_catalog.pg_stat_replication \
    where coalesce(state, '') <> 'backup' order by name, pid limit 1000"
);

/// As pghero: without the comparison an idle primary looks like lag; without a look at the receiver
/// one that is cut off looks like none.
const RECOVERY: &str = own!(
    "\
    with receiver as (select exists (select from pg_catalog.pg_stat_wal_receiver) as is_receiving) \
    select is_receiving, pg_is_wal_replay_paused() as is_paused, \
        pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint as behind, \
        case when is_receiving and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0::float8 \
            else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 \
            end as lag \
    from receiver"
);

pub(super) async fn read(look: &Transaction) -> Result<Vec<ReplicaState>, DbError> {
    let mut replicas = Vec::new();
    for row in look.query(REPLICAS, &[]).await? {
        let holds_back: Option<i64> = row.try_get("holds_back")?;
        replicas.push(ReplicaState {
            name: row.try_get("name")?,
            state: row.try_get("state")?,
            lag: seconds(&row, "lag")?,
            behind_bytes: count(&row, "behind")?,
            holds_back: holds_back.map(|_| count(&row, "holds_back")).transpose()?,
        });
    }
    Ok(replicas)
}

pub(super) async fn read_recovery(look: &Transaction) -> Result<Recovery, DbError> {
    let row = look.query_one(RECOVERY, &[]).await?;
    Ok(Recovery {
        is_receiving: row.try_get("is_receiving")?,
        is_paused: row.try_get("is_paused")?,
        behind_bytes: count(&row, "behind")?,
        lag: seconds(&row, "lag")?,
    })
}

/// One for each name: replicas of one name cannot be told apart over a restart. The worst counts.
pub(super) fn findings(replicas: &[ReplicaState], limits: &Limits) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut late: Vec<_> = replicas
        .iter()
        .filter_map(|replica| Some((replica, replica.lag?)))
        .filter(|(_, lag)| *lag >= limits.replica_lag)
        .collect();
    late.sort_by(|(a, lag_a), (b, lag_b)| (&a.name, lag_b).cmp(&(&b.name, lag_a)));
    late.dedup_by(|(a, _), (b, _)| a.name == b.name);
    for (replica, lag) in late {
        let name = &replica.name;
        let mut finding = Finding::new(FindingKind::ReplicaLag, name, format!("replica {name}"))
            .severity(severity(lag, limits))
            .evidence("behind by", units::duration(lag))
            .evidence("not replayed", units::bytes(replica.behind_bytes))
            .evidence("state", replica.state.as_str());
        if let Some(transactions) = replica.holds_back {
            let value =
                format!("what {} transactions have left behind", units::count(transactions));
            finding = finding.evidence("keeps from vacuum", value);
        }
        findings.push(finding.advice(
            "look at the replica for statements that hold its replay up, a paused replay or a slow \
             disk; reads that must see new rows go to the primary meanwhile",
        ));
    }
    findings
}

impl Recovery {
    pub(super) fn finding(&self, limits: &Limits) -> Option<Finding> {
        let lag = self.lag.filter(|lag| *lag >= limits.replica_lag)?;
        if lag.is_zero() {
            return None;
        }
        let finding = Finding::new(FindingKind::ReplicaLag, "own", "this replica")
            .severity(severity(lag, limits))
            .evidence("behind by", units::duration(lag))
            .evidence("received, not replayed", units::bytes(self.behind_bytes))
            .evidence("connected to its primary", if self.is_receiving { "yes" } else { "no" });
        Some(match (self.is_paused, self.is_receiving) {
            (true, _) => finding
                .evidence("replay", "paused")
                .advice("let it go on: somebody has stopped its replay")
                .code("select pg_wal_replay_resume();"),
            (false, true) => finding.advice(
                "end long statements on it, which replay waits for, or give it a faster disk",
            ),
            (false, false) => finding.advice(
                "look at its log for why it does not reach its primary: it gets nothing new but from \
                 an archive",
            ),
        })
    }
}

fn severity(lag: Duration, limits: &Limits) -> Severity {
    match lag >= limits.replica_lag.saturating_mul(CRITICAL_TIMES) {
        true => Severity::Critical,
        false => Severity::Warning,
    }
}
