use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::units;

use super::load::{count, seconds};
use crate::advise::{OWN, Server};
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A replication slot.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Slot {
    /// Its name: letters of lower case, digits and `_`.
    pub name: String,
    /// Whether somebody reads from it now.
    pub is_active: bool,
    /// How long nobody has; `None` where the server does not tell (before 17).
    pub inactive_for: Option<Duration>,
    /// What of the log it keeps.
    pub retained_bytes: u64,
    /// Whether what it needs is gone, so that nobody can read from it again.
    pub is_lost: bool,
    /// How much may still be written before that happens; `None` for no limit.
    pub safe_bytes: Option<u64>,
    /// Transactions since the oldest one whose rows it may want to see: vacuum removes nothing younger.
    pub holds_back: Option<u64>,
    /// `max_wal_size`: what the server would keep by itself.
    pub usual_bytes: u64,
}

/// Times `max_wal_size` at which the disk is in danger. Own choice.
const CRITICAL_TIMES: u64 = 10;

/// What a slot may hold back for as little as a restart of its reader takes. As pghero's 10 million, a
/// part of all numbers that is still harmless, but not for dead rows. Own choice.
const MANY_TRANSACTIONS: u64 = 10_000_000;

pub(super) async fn read(look: &Transaction, server: &Server) -> Result<Vec<Slot>, DbError> {
    // Slots that a replica only copies from its primary (17) are read by nobody until a failover.
    let (inactive, copied) = if server.version_number >= 170_000 {
        ("extract(epoch from clock_timestamp() - inactive_since)::float8", "synced")
    } else {
        ("null::float8", "false")
    };
    let sql = format!(
        "select slot_name::text as name, active, {inactive} as inactive_for, \
             pg_wal_lsn_diff(case when pg_is_in_recovery() \
                 then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
                 else pg_current_wal_lsn() end, restart_lsn)::bigint as retained, \
             coalesce(wal_status = 'lost', false) as is_lost, safe_wal_size as safe, \
             greatest(age(xmin), age(catalog_xmin))::bigint as holds_back, \
             pg_size_bytes(current_setting('max_wal_size')) as usual \
         from pg_catalog.pg_replication_slots where not temporary and not {copied} \
         order by retained desc nulls last, name limit 1000 {OWN}"
    );
    let mut slots = Vec::new();
    for row in look.query(sql, &[]).await? {
        let safe: Option<i64> = row.try_get("safe")?;
        let holds_back: Option<i64> = row.try_get("holds_back")?;
        slots.push(Slot {
            name: row.try_get("name")?,
            is_active: row.try_get("active")?,
            inactive_for: seconds(&row, "inactive_for")?,
            retained_bytes: count(&row, "retained")?,
            is_lost: row.try_get("is_lost")?,
            safe_bytes: safe.map(|_| count(&row, "safe")).transpose()?,
            holds_back: holds_back.map(|_| count(&row, "holds_back")).transpose()?,
            usual_bytes: count(&row, "usual")?,
        });
    }
    Ok(slots)
}

impl Slot {
    pub(super) fn finding(&self) -> Option<Finding> {
        let severity = self.severity()?;
        let name = &self.name;
        let kind = FindingKind::ReplicationSlot;
        let mut finding = Finding::new(kind, name, format!("replication slot {name}"))
            .severity(severity)
            .evidence("keeps of the log", units::bytes(self.retained_bytes))
            .evidence("max_wal_size", units::bytes(self.usual_bytes))
            .evidence("in use", if self.is_active { "yes" } else { "no" });
        if let Some(inactive_for) = self.inactive_for {
            finding = finding.evidence("not in use for", units::duration(inactive_for));
        }
        if let Some(safe) = self.safe_bytes {
            finding = finding.evidence("until it is lost", units::bytes(safe));
        }
        if let Some(transactions) = self.holds_back {
            let value =
                format!("what {} transactions have left behind", units::count(transactions));
            finding = finding.evidence("keeps from vacuum", value);
        }
        // Of a name's letters none needs care in a literal.
        let drop = format!("select pg_drop_replication_slot('{name}');");
        Some(match (self.is_lost, self.is_active) {
            (true, _) => finding
                .advice("drop it and set its reader up anew: the log that it needs is gone")
                .code(drop),
            (_, false) => finding
                .advice(
                    "bring its reader back, or drop it; max_slot_wal_keep_size keeps such a slot \
                     from filling the disk",
                )
                .code(drop),
            (_, true) => finding.advice(
                "look at its reader: it is connected and does not keep up, and the log that it still \
                 needs fills the disk",
            ),
        })
    }

    /// One that keeps nothing is no trouble, and one that is read keeps a little all the time.
    fn severity(&self) -> Option<Severity> {
        let usual = self.usual_bytes.max(1);
        let holds_much = self.holds_back.is_some_and(|n| n >= MANY_TRANSACTIONS);
        match self.retained_bytes {
            _ if self.is_lost => Some(Severity::Warning),
            bytes if bytes >= usual.saturating_mul(CRITICAL_TIMES) => Some(Severity::Critical),
            bytes if bytes >= usual || holds_much => Some(Severity::Warning),
            bytes if bytes > 0 && !self.is_active => Some(Severity::Info),
            _ => None,
        }
    }
}
