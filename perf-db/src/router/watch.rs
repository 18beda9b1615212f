//! Asks every server, again and again, what it is and how far it has come.

use futures_util::future::join_all;
use perf_core::sync::{Arc, Weak};
use perf_core::time::{self, Duration, Instant};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_postgres::types::PgLsn;

use super::server::{Role, Server};
use super::{Router, SHORTEST_INTERVAL, WriteMark};
use crate::error::{DbError, Reason};
use crate::pool::Connection;
use crate::row::Row;

/// A server that takes longer for three numbers is of no use to a read.
const PATIENCE: Duration = Duration::from_secs(2);

/// The timeline stands in the first eight digits of the log file's name (PostgreSQL manual,
/// section 28.6), and nowhere else that every user may read.
const MEASURE: &str = "select pg_is_in_recovery(), \
    case when pg_is_in_recovery() then coalesce(pg_last_wal_replay_lsn(), '0/0') \
         else pg_current_wal_insert_lsn() end, \
    case when pg_is_in_recovery() then null \
         else substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end";

/// Keeps the router's knowledge fresh for as long as there is a router.
pub(super) async fn watch(router: Weak<Router>, hurry: Arc<Notify>) {
    let mut observers = Vec::new();
    loop {
        let Some(router) = router.upgrade() else { return };
        if router.is_closed() {
            return;
        }
        let interval = router.interval();
        measure(&router, &mut observers).await;
        drop(router);
        _ = timeout(interval, hurry.notified()).await;
        // However many are in a hurry.
        sleep(SHORTEST_INTERVAL).await;
    }
}

/// What a server said of itself, and when it was asked.
pub(super) struct Measurement {
    pub(super) asked: Instant,
    pub(super) role: Role,
    /// How far it has written or replayed.
    pub(super) position: WriteMark,
}

/// Asks all servers once. The connections for that are not those of the pools: one that is
/// exhausted is not a server that is gone.
pub(super) async fn measure(router: &Router, observers: &mut Vec<Option<Connection>>) {
    observers.resize_with(router.servers.len(), || None);
    let asked = router.servers.iter().zip(observers);
    let measured = join_all(asked.map(|(server, observer)| async {
        let measurement = timeout(PATIENCE, ask(server, observer)).await.ok().and_then(Result::ok);
        if measurement.is_none() {
            *observer = None;
        }
        measurement
    }));
    router.heard(&measured.await);
}

async fn ask(server: &Server, observer: &mut Option<Connection>) -> Result<Measurement, DbError> {
    let connection = match observer {
        Some(connection) => connection,
        None => observer.insert(server.pool.open().await?),
    };
    let asked = time::now();
    let row = connection.client().query_typed_one(MEASURE, &[]).await;
    let row = Row::new(row.map_err(|source| Reason::Measure(source.into()))?);
    let position = WriteMark::new(row.try_get::<_, PgLsn>(1)?);
    let role = if row.try_get(0)? {
        Role::Replica { replayed: position }
    } else {
        let timeline: &str = row.try_get(2)?;
        Role::Primary { timeline: u32::from_str_radix(timeline, 16).unwrap_or_default() }
    };
    Ok(Measurement { asked, role, position })
}
