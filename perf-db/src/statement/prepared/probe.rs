use super::Protocol;
use crate::pool::{Connection, Lease};

const PID: &str = "select pg_backend_pid()";

/// Looks for a pooler: two connections that are open at once have two server processes, unless
/// something in between lends one process to both.
///
/// Not finding one proves nothing: it may have had a process for each.
pub(crate) async fn probe(
    protocol: &Protocol,
    lease: &Lease,
    other: impl Future<Output = Option<Connection>>,
) {
    if !protocol.is_open() {
        return;
    }
    let (Ok(one), Some(other)) = (lease.connection(), other.await) else { return };
    let same = lease.ask(async { Some(pid(one).await? == pid(&other).await?) }).await;
    if same == Some(true) {
        protocol.met_pooler("two connections are one");
    }
}

async fn pid(connection: &Connection) -> Option<i32> {
    let row = connection.client().query_typed_one(PID, &[]).await.ok()?;
    row.try_get(0).ok()
}
