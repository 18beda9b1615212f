use super::super::{Activity, Table};
use super::{Places, seconds, unsigned};
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::transaction::Transaction;

/// By the functions below the view `pg_stat_all_tables`, which counts the indexes of all tables for
/// each question.
const ACTIVITY: &str = own!(
    "\
select oid,
       pg_stat_get_numscans(oid) as sequential_scans,
       pg_stat_get_tuples_returned(oid) as sequential_rows,
       coalesce((
           select sum(pg_stat_get_numscans(indexrelid)) from pg_index where indrelid = oid
       ), 0)::int8 as index_scans,
       pg_stat_get_tuples_inserted(oid) as inserted,
       pg_stat_get_tuples_updated(oid) as updated,
       pg_stat_get_tuples_deleted(oid) as deleted,
       pg_stat_get_live_tuples(oid) as live_rows,
       pg_stat_get_dead_tuples(oid) as dead_rows,
       pg_stat_get_mod_since_analyze(oid) as changed_since_analyze,
       extract(epoch from clock_timestamp() - greatest(
           pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid)
       ))::float8 as analyzed_ago,
       extract(epoch from clock_timestamp() - greatest(
           pg_stat_get_last_vacuum_time(oid), pg_stat_get_last_autovacuum_time(oid)
       ))::float8 as vacuumed_ago
from unnest($1::oid[]) as oid"
);

pub(super) async fn load(
    look: &Transaction,
    numbers: &[u32],
    places: &Places,
    tables: &mut [Table],
) -> Result<(), DbError> {
    for row in look.query(ACTIVITY, &[&numbers]).await? {
        if let Some(place) = places.get(&row.try_get("oid")?) {
            tables[*place].activity = activity(&row)?;
        }
    }
    Ok(())
}

fn activity(row: &Row) -> Result<Activity, DbError> {
    let count = |name: &str| -> Result<u64, DbError> {
        Ok(unsigned(row.try_get::<_, Option<i64>>(name)?.unwrap_or_default()))
    };
    Ok(Activity {
        sequential_scans: count("sequential_scans")?,
        sequential_rows: count("sequential_rows")?,
        index_scans: count("index_scans")?,
        inserted: count("inserted")?,
        updated: count("updated")?,
        deleted: count("deleted")?,
        live_rows: count("live_rows")?,
        dead_rows: count("dead_rows")?,
        changed_since_analyze: count("changed_since_analyze")?,
        analyzed_ago: row.try_get::<_, Option<f64>>("analyzed_ago")?.and_then(seconds),
        vacuumed_ago: row.try_get::<_, Option<f64>>("vacuumed_ago")?.and_then(seconds),
    })
}
