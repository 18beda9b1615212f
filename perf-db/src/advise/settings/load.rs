use std::collections::BTreeMap;

use perf_core::time::Duration;

use super::server::{Checkpoints, Context, ServerSettings, Setting};
use crate::advise::{Advisor, Missing};
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;

/// What [`checks`](super::checks) and [`rules`](super::rules) ask for, beside `enable_*`. A name that
/// a version does not know is not found, which is no error.
const NAMES: &[&str] = &[
    "autovacuum",
    "autovacuum_max_workers",
    "autovacuum_work_mem",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "default_statistics_target",
    "effective_cache_size",
    "effective_io_concurrency",
    "fsync",
    "full_page_writes",
    "huge_pages",
    "idle_in_transaction_session_timeout",
    "io_method",
    "io_workers",
    "jit",
    "jit_above_cost",
    "log_lock_waits",
    "log_min_duration_sample",
    "log_min_duration_statement",
    "maintenance_work_mem",
    "max_connections",
    "max_parallel_maintenance_workers",
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "max_wal_senders",
    "max_wal_size",
    "max_worker_processes",
    "min_wal_size",
    "random_page_cost",
    "seq_page_cost",
    "shared_buffers",
    "statement_timeout",
    "synchronous_commit",
    "track_counts",
    "track_io_timing",
    "wal_buffers",
    "wal_compression",
    "wal_level",
    "work_mem",
];

/// Roles that are there only where a provider has made them, and its name for a set of settings.
const PROVIDERS: &[(&str, &str)] = &[
    ("rds_superuser", "Amazon RDS: its parameter group"),
    ("cloudsqlsuperuser", "Google Cloud SQL: its database flags"),
    ("alloydbsuperuser", "Google AlloyDB: its database flags"),
    ("azure_pg_admin", "Azure: its server parameters"),
    ("neon_superuser", "Neon: its console"),
    ("supabase_admin", "Supabase: its command line, `supabase postgres-config`"),
];

/// The user's own value of a setting, not that of this transaction, which has limits of its own.
const SETTINGS: &str = own!(
    "\
    select name, reset_val, unit, context, source, boot_val, coalesce(enumvals, '{}') as words, \
        case when current_setting('server_version_num')::int < 150000 \
            then (select rolsuper from pg_catalog.pg_roles where rolname = current_user) end as is_super \
    from pg_catalog.pg_settings where name = any($1) or name like 'enable\\_%'"
);

/// From 15 on the right to change a setting can be given away.
const ALTERABLE: &str = own!(
    "\
    select name from pg_catalog.pg_settings \
    where (name = any($1) or name like 'enable\\_%') and has_parameter_privilege(name, 'alter system')"
);

/// What is given on the command line stays so over a restart; the server says that it waits where the
/// file differs.
const PENDING: &str = own!(
    "\
    select name from pg_catalog.pg_settings where pending_restart and source <> 'command line' \
    order by name limit 100"
);

const SERVER: &str = own!(
    "\
    select current_setting('server_version_num')::int as version, pg_is_in_recovery() as replica, \
        case when has_database_privilege(current_database(), 'connect') \
            then pg_database_size(current_database()) end as size, \
        (select rolname::text from pg_catalog.pg_roles where rolname = any($1) limit 1) as provider"
);

pub(super) async fn load(advisor: &Advisor) -> Result<ServerSettings, DbError> {
    match advisor.apart(read(advisor)).await {
        Err(error) if error.code().is_some() => {
            let why = format!("the server refuses to show them, with code {}", code(&error));
            let missing = vec![Missing::new("settings", why)];
            Ok(ServerSettings { missing, ..ServerSettings::default() })
        }
        outcome => outcome,
    }
}

fn code(error: &DbError) -> &str {
    error.code().unwrap_or_default()
}

async fn read(advisor: &Advisor) -> Result<ServerSettings, DbError> {
    let look = advisor.look().await?;
    let roles: Vec<&str> = PROVIDERS.iter().map(|(role, _)| *role).collect();
    let server = look.query_one(SERVER, &[&roles]).await?;
    let version = server.try_get::<_, i32>("version")?;
    let role: Option<String> = server.try_get("provider")?;
    let provider = |role: String| PROVIDERS.iter().find(|(name, _)| *name == role);
    let mut facts = ServerSettings {
        version_number: version.unsigned_abs(),
        is_replica: server.try_get("replica")?,
        database_bytes: server.try_get::<_, Option<i64>>("size")?.map(i64::unsigned_abs),
        provider: role.and_then(provider).map(|(_, name)| *name),
        ..ServerSettings::default()
    };
    facts.settings = settings(&look.query(SETTINGS, &[&NAMES]).await?)?;
    if version >= 150_000 {
        for row in look.query(ALTERABLE, &[&NAMES]).await? {
            if let Some(setting) = facts.settings.get_mut(row.try_get::<_, &str>(0)?) {
                setting.can_be_altered = true;
            }
        }
    }
    for row in look.query(PENDING, &[]).await? {
        facts.pending_restart.push(row.try_get(0)?);
    }
    drop(look);
    if !facts.is_replica {
        match checkpoints(advisor, version).await {
            Ok(checkpoints) => facts.checkpoints = Some(checkpoints),
            Err(error) if error.code().is_some() => {
                let why = format!("the server refuses to count them, with code {}", code(&error));
                facts.missing.push(Missing::new("checkpoints", why));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(facts)
}

fn settings(rows: &[Row]) -> Result<BTreeMap<String, Setting>, DbError> {
    let setting = |row: &Row| {
        let setting = Setting {
            value: row.try_get::<_, Option<String>>("reset_val")?.unwrap_or_default(),
            unit: row.try_get("unit")?,
            default: row.try_get::<_, Option<String>>("boot_val")?.unwrap_or_default(),
            context: Context::parse(row.try_get("context")?),
            source: row.try_get("source")?,
            words: row.try_get("words")?,
            can_be_altered: row.try_get::<_, Option<bool>>("is_super")?.unwrap_or(false),
        };
        Ok((row.try_get("name")?, setting))
    };
    rows.iter().map(setting).collect()
}

/// Which view has them changed with 17, and 13 does not count what is written to the log.
async fn checkpoints(advisor: &Advisor, version: i32) -> Result<Checkpoints, DbError> {
    let sql = match version {
        170_000.. => own!(
            "select num_timed as timed, num_requested as requested, \
                 (select wal_bytes::float8 from pg_catalog.pg_stat_wal) as log_bytes, \
                 extract(epoch from now() - stats_reset)::float8 as seconds \
             from pg_catalog.pg_stat_checkpointer"
        ),
        140_000.. => own!(
            "select checkpoints_timed as timed, checkpoints_req as requested, \
                 (select wal_bytes::float8 from pg_catalog.pg_stat_wal) as log_bytes, \
                 extract(epoch from now() - stats_reset)::float8 as seconds \
             from pg_catalog.pg_stat_bgwriter"
        ),
        _ => own!(
            "select checkpoints_timed as timed, checkpoints_req as requested, \
                 null::float8 as log_bytes, \
                 extract(epoch from now() - stats_reset)::float8 as seconds \
             from pg_catalog.pg_stat_bgwriter"
        ),
    };
    let row = advisor.look().await?.query_one(sql, &[]).await?;
    let seconds = row.try_get::<_, Option<f64>>("seconds")?.unwrap_or(0.0);
    Ok(Checkpoints {
        timed: row.try_get::<_, i64>("timed")?.unsigned_abs(),
        requested: row.try_get::<_, i64>("requested")?.unsigned_abs(),
        log_bytes: row.try_get::<_, Option<f64>>("log_bytes")?.map(|bytes| bytes as u64),
        counted_for: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
    })
}
