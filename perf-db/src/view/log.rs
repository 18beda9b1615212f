//! When each view was refreshed: the table `perf_db_view`.

use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint};

use super::ViewStatus;
use crate::error::DbError;
use crate::statement::{AtMostOne, Call, Changed, Dispatch};
use crate::transaction::Transaction;

/// PostgreSQL itself does not remember it.
pub(super) const CREATE: &str = "create table if not exists perf_db_view (\
    name text primary key, refreshed_at timestamptz not null, took_ms double precision not null)";

/// The view was made just now, with its rows.
pub(super) async fn begin(
    transaction: &Transaction,
    view: &str,
    call_site: CallSite,
) -> Result<(), DbError> {
    let sql = "insert into perf_db_view values ($1, now(), 0) on conflict do nothing";
    let Changed(_) = transaction.dispatch(&Call::at(sql, &[&view], call_site)).await?;
    Ok(())
}

/// The view shows what was there when the transaction began.
pub(super) async fn done(
    transaction: &Transaction,
    view: &str,
    took: Duration,
    call_site: CallSite,
) -> Result<(), DbError> {
    let sql = "update perf_db_view set refreshed_at = now(), took_ms = $2 where name = $1";
    let took_ms = took.as_secs_f64() * 1e3;
    let Changed(_) = transaction.dispatch(&Call::at(sql, &[&view, &took_ms], call_site)).await?;
    Ok(())
}

pub(super) async fn status(
    executor: &impl Dispatch,
    view: &str,
    call_site: CallSite,
) -> Result<Option<ViewStatus>, DbError> {
    let sql = "select extract(epoch from clock_timestamp() - refreshed_at)::double precision, \
               took_ms from perf_db_view where name = $1";
    let parameters: [&(dyn crate::ToSql + Sync); 1] = [&view];
    let call = Call::at(sql, &parameters, call_site);
    let row = call.at_most_one(executor.dispatch::<AtMostOne>(&call).await?)?;
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Ok(row.map(|row| ViewStatus {
        age: seconds(row.get(0)),
        took: seconds(row.get::<_, f64>(1) / 1e3),
    }))
}

/// One number for all instances and versions of the service.
pub(super) fn lock_key(view: &str) -> i64 {
    Fingerprint::of(&format!("perf_db_view \"{view}\"")).id().cast_signed()
}
