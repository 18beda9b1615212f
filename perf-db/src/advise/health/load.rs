use perf_core::time::Duration;

use super::{
    Health, autovacuum, blocked, connections, prepared, replicas, sessions, slots, traffic,
    wraparound,
};
use crate::advise::{Advisor, Missing, Server};
use crate::error::{DbError, DbErrorKind};
use crate::row::Row;
use crate::transaction::Transaction;

pub(super) async fn load(advisor: &Advisor) -> Result<Health, DbError> {
    let server = Server::load(&advisor.look().await?).await?;
    let missing = Vec::from_iter(server.unseen());
    let mut health = Health {
        version_number: server.version_number.unsigned_abs(),
        database: server.database.clone(),
        ..Health::default()
    };
    // One transaction for each, since a question that is refused ends it.
    let mut parts = Parts { advisor, missing };
    health.traffic = parts.ask("buffer hit rate", traffic::read).await?.flatten();
    health.sessions = parts.ask("sessions", sessions::read).await?.unwrap_or_default();
    let blocked = async |look: &Transaction| blocked::read(look, &server).await;
    health.blocked = parts.ask("blocked statements", blocked).await?.unwrap_or_default();
    health.connections = parts.ask("connections", connections::read).await?;
    let slots = async |look: &Transaction| slots::read(look, &server).await;
    health.slots = parts.ask("replication slots", slots).await?.unwrap_or_default();
    health.replicas = parts.ask("replicas", replicas::read).await?.unwrap_or_default();
    if server.is_replica {
        health.recovery = parts.ask("replica lag", replicas::read_recovery).await?;
    } else {
        health.ages = parts.ask("transaction numbers", wraparound::read).await?.unwrap_or_default();
        health.dead_rows = parts.ask("dead rows", autovacuum::read).await?.unwrap_or_default();
        health.prepared = parts.ask("prepared transactions", prepared::read).await?;
    }
    health.missing = parts.missing;
    Ok(health)
}

struct Parts<'a> {
    advisor: &'a Advisor,
    missing: Vec<Missing>,
}

impl Parts<'_> {
    /// `None`, and a word on it, where the server refuses to answer.
    async fn ask<T>(
        &mut self,
        what: &'static str,
        read: impl AsyncFnOnce(&Transaction) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let look = self.advisor.look().await?;
        match read(&look).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code().is_some() => {
                let why = match error.kind() {
                    DbErrorKind::Timeout => "the server takes too long to tell".to_owned(),
                    _ => {
                        let code = error.code().unwrap_or_default();
                        format!("the server refuses to show it, with code {code}")
                    }
                };
                self.missing.push(Missing::new(what, why));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A column of seconds, as `float8`; what lies ahead by the server's clock is now.
pub(super) fn seconds(row: &Row, column: &'static str) -> Result<Option<Duration>, DbError> {
    let seconds: Option<f64> = row.try_get(column)?;
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()))
}

/// A column of counts, as `bigint`.
pub(super) fn count(row: &Row, column: &'static str) -> Result<u64, DbError> {
    let count: Option<i64> = row.try_get(column)?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}
