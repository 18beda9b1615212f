use super::Protocol;
use crate::error::DbError;
use crate::pool::{Connection, Lease};

const PID: &str = "select pg_backend_pid()";

/// Looks for a pooler: two connections that are open at once have two server processes, unless
/// something in between lends one process to both. Gives back the other connection.
///
/// Not finding one proves nothing: it may have had a process for each.
pub(crate) async fn probe(
    protocol: &Protocol,
    lease: &Lease,
    other: impl Future<Output = Result<Connection, DbError>>,
) -> Option<Connection> {
    if !protocol.is_open() {
        return None;
    }
    let (other, connection) = (other.await.ok()?, lease.connection().ok()?);
    let pids = lease.ask(async { (pid(connection).await, pid(&other).await) }).await;
    if matches!(pids, (Some(one), Some(two)) if one == two) {
        protocol.met_pooler("two connections are one");
    }
    Some(other)
}

async fn pid(connection: &Connection) -> Option<i32> {
    let row = connection.client().query_typed_one(PID, &[]).await.ok()?;
    row.try_get(0).ok()
}
