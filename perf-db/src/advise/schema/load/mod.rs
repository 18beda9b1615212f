//! Reads the catalog: six questions, whatever the number of tables, put together by their numbers.
//!
//! All of it can be read without a privilege on the tables, but for what was sampled of their
//! columns. Nothing in it waits for a lock: the size of a table that somebody holds for himself is
//! the one that the catalog remembers.

mod activity;
mod columns;
mod foreign_keys;
mod indexes;
mod parts;
mod tables;

use std::collections::HashMap;

use perf_core::time::Duration;

use super::{Schema, Table};
use crate::advise::Advisor;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// More tables than this are left out, the smallest first: with ten columns and five indexes each,
/// these take about 150 MB.
const MOST_TABLES: i64 = 20_000;

/// Where a table is among those that were read, by its number.
type Places = HashMap<u32, usize>;

/// `stats_reset` of a database is null when its counters were never reset, and on PostgreSQL 15 and
/// later also after a crash has lost them; those of the whole server tell of the crash.
const SERVER: &str = own!(
    "\
select current_setting('server_version_num')::int4 as version,
       pg_is_in_recovery() as in_recovery,
       current_setting('block_size')::int4 as block_bytes,
       current_schemas(false)::text[] as search_path,
       extract(epoch from clock_timestamp() - coalesce(
           (select stats_reset from pg_stat_database where datname = current_database()),
           (select stats_reset from pg_stat_bgwriter)))::float8 as counted_for"
);

impl Schema {
    /// Reads the tables that `look` can see, without those of the system and temporary ones.
    ///
    /// # Errors
    /// When the server refuses a statement or takes too long, or the connection breaks.
    ///
    /// # Cancel safety
    /// Dropping the future ends the transaction.
    ///
    /// # Cost
    /// Six statements. With 2,000 tables and 10,000 indexes about half a second at the server, and
    /// 20 MB here.
    pub(crate) async fn load(look: &Transaction) -> Result<Self, DbError> {
        let server = look.query_one(SERVER, &[]).await?;
        let version: i32 = server.try_get("version")?;
        let counted_for: Option<f64> = server.try_get("counted_for")?;

        let (mut tables, left_out) = tables::load(look, version, MOST_TABLES).await?;
        let places = places(&tables);
        let numbers: Vec<u32> = tables.iter().map(|table| table.oid).collect();
        columns::load(look, &numbers, &places, &mut tables).await?;
        columns::load_statistics(look, &mut tables).await?;
        indexes::load(look, version, &numbers, &places, &mut tables).await?;
        foreign_keys::load(look, &numbers, &places, &mut tables).await?;
        activity::load(look, &numbers, &places, &mut tables).await?;
        parts::sum(&mut tables, &places);

        let search_path = server.try_get("search_path")?;
        let mut schema = Self::new(tables, counted_for.and_then(seconds), search_path);
        schema.server_version = u32::try_from(version).unwrap_or_default();
        schema.is_replica = server.try_get("in_recovery")?;
        schema.block_bytes = unsigned(i64::from(server.try_get::<_, i32>("block_bytes")?));
        schema.tables_left_out = left_out;
        Ok(schema)
    }
}

impl Advisor {
    /// The tables that it can see, as the catalog tells.
    ///
    /// # Errors
    /// When no connection becomes free in time, or the server refuses a statement.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the statement at the server.
    ///
    /// # Cost
    /// Six statements. With 2,000 tables and 10,000 indexes about half a second at the server, and
    /// 20 MB here.
    pub async fn schema(&self) -> Result<Schema, DbError> {
        self.apart(async {
            for _ in 1..TRIES {
                match self.schema_once().await {
                    Err(error) if error.code() == Some(LOCK_NOT_AVAILABLE) => {}
                    outcome => return outcome,
                }
            }
            self.schema_once().await
        })
        .await
    }

    async fn schema_once(&self) -> Result<Schema, DbError> {
        let look = self.look().await?;
        let schema = Schema::load(&look).await?;
        // Awaited, since an index that is made concurrently waits for whoever looks.
        look.rollback().await?;
        Ok(schema)
    }
}

/// A table that was free when locks were looked at may be held by somebody a moment later.
const TRIES: usize = 3;

const LOCK_NOT_AVAILABLE: &str = "55P03";

fn places(tables: &[Table]) -> Places {
    tables.iter().enumerate().map(|(place, table)| (table.oid, place)).collect()
}

/// A count or size of the server; it has no unsigned numbers.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A time span of the server; one that has not begun yet, after its clock was set back, is none.
fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}
