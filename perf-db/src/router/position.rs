//! Where a server is in the log, asked over one connection.

use tokio_postgres::Error;
use tokio_postgres::types::PgLsn;

use super::WriteMark;
use crate::pool::Connection;

/// The insert position: with `synchronous_commit = off` the record of a commit may not be written
/// when the commit is answered.
const WRITTEN: &str = "select pg_current_wal_insert_lsn()";

/// A transaction has a number of its own once it has written.
const HAS_WRITTEN: &str = "select pg_current_xact_id_if_assigned() is not null";

const REPLAYED: &str = "select coalesce(pg_last_wal_replay_lsn(), '0/0')";

/// The end of everything that was written before, on a primary.
pub(crate) async fn written(connection: &Connection) -> Result<WriteMark, Error> {
    one(connection, WRITTEN).await
}

/// Whether the open transaction has written.
pub(crate) async fn has_written(connection: &Connection) -> Result<bool, Error> {
    connection.client().query_typed_one(HAS_WRITTEN, &[]).await?.try_get(0)
}

/// How far a replica has come; remembered by the connection, since within one session it only
/// grows, while a restarted server may begin again further back.
pub(crate) async fn replayed(connection: &Connection) -> Result<WriteMark, Error> {
    let replayed = one(connection, REPLAYED).await?;
    connection.has_replayed(replayed);
    Ok(replayed)
}

async fn one(connection: &Connection, sql: &str) -> Result<WriteMark, Error> {
    let row = connection.client().query_typed_one(sql, &[]).await?;
    Ok(WriteMark::new(row.try_get::<_, PgLsn>(0)?))
}
