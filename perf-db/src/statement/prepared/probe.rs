use perf_core::CallSite;
use perf_core::time::Duration;
use tokio::time::timeout;

use super::Protocol;
use crate::error::DbError;
use crate::pool::Connection;
use crate::router::Router;

const PID: &str = "select pg_backend_pid()";

/// Looks for a pooler: two connections that are open at once have two server processes, unless
/// something in between lends one process to both.
///
/// Not finding one proves nothing: it may have had a process for each.
pub(crate) async fn probe(protocol: &Protocol, router: &Router, patience: Duration) {
    if !protocol.is_open() {
        return;
    }
    let look = async {
        let lease = router.writer(CallSite::here()).await?;
        let other = router.open().await?;
        let connection = lease.connection()?;
        let pids = lease.ask(async { (pid(connection).await, pid(&other).await) }).await;
        if matches!(pids, (Some(one), Some(two)) if one == two) {
            protocol.met_pooler("two connections are one");
        }
        Ok::<_, DbError>(())
    };
    // Who cannot be asked is met again at the first statement.
    _ = timeout(patience, look).await;
}

async fn pid(connection: &Connection) -> Option<i32> {
    let row = connection.client().query_typed_one(PID, &[]).await.ok()?;
    row.try_get(0).ok()
}
