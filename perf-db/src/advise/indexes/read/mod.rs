//! What the rules need to know beside the [`Schema`]: four statements.

mod builds;
mod sequences;
mod storage;
mod types;

pub(super) use self::builds::Builds;
pub(super) use self::sequences::Sequence;
pub(super) use self::storage::Storage;
#[cfg(test)]
pub(super) use self::storage::of as storage_of;
pub(super) use self::types::TypeMismatch;

use crate::advise::Missing;
use crate::advise::schema::Schema;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// What was read, of one server.
#[derive(Debug)]
pub(crate) struct Facts {
    /// How many replicas follow it.
    pub(super) followers: u64,
    pub(super) builds: Builds,
    pub(super) mismatches: Vec<TypeMismatch>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) storages: Vec<Storage>,
    pub(super) missing: Vec<Missing>,
}

/// Programs that fetch the log or a copy are no replicas, nor are subscribers of changes. A user
/// without the privilege to see names counts the former too.
const FOLLOWERS: &str = own!(
    "\
select count(*) as followers from pg_stat_replication
where coalesce(application_name, '') not in ('pg_basebackup', 'pg_receivewal', 'barman_receive_wal')
    and pid not in (
        select active_pid from pg_replication_slots
        where slot_type = 'logical' and active_pid is not null)"
);

impl Facts {
    /// # Errors
    /// When the server refuses a statement or takes too long, or the connection breaks.
    ///
    /// # Cancel safety
    /// Dropping the future ends the transaction.
    pub(crate) async fn load(look: &Transaction, schema: &Schema) -> Result<Self, DbError> {
        let followers: i64 = look.query_one(FOLLOWERS, &[]).await?.try_get("followers")?;
        let (sequences, missing) = sequences::load(look).await?;
        Ok(Self {
            followers: u64::try_from(followers).unwrap_or_default(),
            builds: builds::load(look).await?,
            mismatches: types::load(look).await?,
            sequences,
            storages: storage::load(look, schema).await?,
            missing: missing.into_iter().collect(),
        })
    }
}
