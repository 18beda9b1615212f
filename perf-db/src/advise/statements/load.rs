use std::fmt::Write;

use perf_core::Fingerprint;
use perf_core::time::Duration;

use super::snapshot::{Planning, ServerStatement, Statements};
use super::source::Source;
use crate::advise::{Advisor, Missing, OWN};
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::statement::MAX_TEXT_BYTES;
use crate::transaction::Transaction;

/// Twice what a server keeps by default; those beyond take the least time.
const MAX_STATEMENTS: i64 = 10_000;

/// The texts of all together. Those beyond belong to statements that take little time.
const MAX_TEXTS_BYTES: i64 = 16 << 20;

impl Advisor {
    /// What the server has counted of the statements of this database, without those of the advisor
    /// itself. Where it counts nothing, [`Statements::missing`] says what to do.
    ///
    /// # Errors
    /// When the server cannot be asked.
    ///
    /// # Cancel safety
    /// Dropping the future cancels what was asked.
    ///
    /// # Cost
    /// The server reads the texts of all statements that it knows, and sends those of at most 10,000
    /// statements and 16 MiB.
    pub async fn statements(&self) -> Result<Statements, DbError> {
        self.apart(async {
            let look = self.look().await?;
            load(&look).await
        })
        .await
    }
}

async fn load(look: &Transaction) -> Result<Statements, DbError> {
    let (source, missing) = Source::find(look).await?;
    let Some(source) = source else { return Ok(Statements { missing, ..Statements::default() }) };
    let head = look.query_one(head(&source), &[]).await?;
    let mut loaded = Statements {
        missing,
        clock: head.get(0),
        evicted: head.get::<_, Option<i64>>(2).map(unsigned),
        reset: head.get(3),
        ..Statements::default()
    };
    let block_bytes = unsigned(head.get(1));
    let limit_of_text = i32::try_from(MAX_TEXT_BYTES).unwrap_or(i32::MAX);
    let rows = look
        .query(list(&source), &[&OWN, &(limit_of_text + 1), &MAX_TEXTS_BYTES, &MAX_STATEMENTS])
        .await?;
    let Some(first) = rows.first() else {
        loaded.observed = head.get::<_, Option<f64>>(4).map(seconds);
        return Ok(loaded);
    };
    let (whole, all): (f64, i64) = (first.get("whole"), first.get("all_of_them"));
    loaded.time = millis(whole);
    loaded.hidden = unsigned(first.get("hidden"));
    loaded.statements =
        rows.iter().filter_map(|row| statement(row, &source, block_bytes)).collect();
    let listed = loaded.statements.len() as u64 + loaded.hidden;
    loaded.left_off = unsigned(all).saturating_sub(listed);
    loaded.observed = observed(&loaded, head.get(4));
    if loaded.hidden > 0 {
        loaded.missing.push(hidden(&source, loaded.hidden));
    }
    Ok(loaded)
}

/// The clock, what a block has, and since when everything is counted. PostgreSQL 13 does not say;
/// then the counters of the database or the server are as old, most likely.
fn head(source: &Source) -> String {
    let schema = &source.schema;
    let (evicted, reset, from) = match source.has_info {
        true => ("i.dealloc", "i.stats_reset", format!("from {schema}.pg_stat_statements_info i")),
        false => ("null::int8", "null::timestamptz", String::new()),
    };
    format!(
        "select extract(epoch from clock_timestamp())::float8, \
         current_setting('block_size')::int8, {evicted}, extract(epoch from {reset})::float8, \
         extract(epoch from clock_timestamp() - {reset})::float8 {from} {OWN}"
    )
}

fn list(source: &Source) -> String {
    let column = |name: &str, without: &str| match source.has(name) {
        true => format!("s.{name}"),
        false => without.to_owned(),
    };
    let mut io = String::from("0");
    for name in [
        "blk_read_time",
        "blk_write_time",
        "shared_blk_read_time",
        "shared_blk_write_time",
        "local_blk_read_time",
        "local_blk_write_time",
        "temp_blk_read_time",
        "temp_blk_write_time",
    ] {
        if source.has(name) {
            _ = write!(io, " + s.{name}");
        }
    }
    let mut jit = String::from("0");
    for name in ["generation", "inlining", "optimization", "emission"] {
        let name = format!("jit_{name}_time");
        if source.has(&name) {
            _ = write!(jit, " + s.{name}");
        }
    }
    let (top, schema) = (column("toplevel", "true"), &source.schema);
    let since = match source.has("stats_since") {
        true => "extract(epoch from s.stats_since)::float8",
        false => "null::float8",
    };
    format!(
        "with counted as (\
           select s.userid, {top} as is_top, s.queryid, s.calls, s.plans, \
           s.total_plan_time as plan_time, s.total_exec_time as exec_time, s.rows, \
           s.shared_blks_hit, s.shared_blks_read, s.temp_blks_written, \
           ({io})::float8 as io_time, ({jit})::float8 as jit_time, {since} as since, \
           left(s.query, $2) as query \
           from {schema}.pg_stat_statements s \
           where s.dbid = (select oid from pg_database where datname = current_database()) \
           and strpos(coalesce(s.query, ''), $1) = 0), \
         summed as (\
           select *, \
           coalesce(sum(plan_time + exec_time) filter (where is_top) over (), 0) as whole, \
           count(*) over () as all_of_them, \
           count(*) filter (where queryid is null) over () as hidden, \
           sum(octet_length(query)) over (order by plan_time + exec_time desc, queryid, userid, \
             is_top rows unbounded preceding) as text_bytes \
           from counted) \
         select userid, is_top, queryid, calls, plans, plan_time, exec_time, rows, \
         shared_blks_hit, shared_blks_read, temp_blks_written, io_time, jit_time, since, \
         whole, all_of_them, hidden, case when text_bytes <= $3 then query end as text from summed \
         order by (queryid is null), plan_time + exec_time desc limit $4 {OWN}"
    )
}

fn statement(row: &Row, source: &Source, block_bytes: u64) -> Option<ServerStatement> {
    let query_id: Option<i64> = row.get("queryid");
    let text: Option<&str> = row.get("text");
    let (query_id, query) = (query_id?, text?);
    let is_whole = query.chars().nth(MAX_TEXT_BYTES).is_none();
    let bytes = |column: &str| unsigned(row.get(column)).saturating_mul(block_bytes);
    let plans = unsigned(row.get("plans"));
    let planning = (source.counts_planning || plans > 0)
        .then(|| Planning { plans, time: millis(row.get("plan_time")) });
    Some(ServerStatement {
        fingerprint: Fingerprint::of(query),
        text: is_whole.then(|| query.into()),
        query_id,
        user_oid: row.get("userid"),
        is_top_level: row.get("is_top"),
        calls: unsigned(row.get("calls")),
        execution: millis(row.get("exec_time")),
        planning,
        rows: unsigned(row.get("rows")),
        hit_bytes: bytes("shared_blks_hit"),
        read_bytes: bytes("shared_blks_read"),
        temporary_bytes: bytes("temp_blks_written"),
        io: millis(row.get("io_time")),
        jit: millis(row.get("jit_time")),
        since: row.get("since"),
    })
}

/// Where each statement tells since when it is counted, the oldest of them does; unless older ones
/// have made room.
fn observed(loaded: &Statements, since_reset: Option<f64>) -> Option<Duration> {
    let oldest = loaded.statements.iter().map(|statement| statement.since);
    let oldest = oldest.collect::<Option<Vec<f64>>>().filter(|_| loaded.evicted == Some(0));
    let oldest = oldest.and_then(|since| since.into_iter().reduce(f64::min));
    oldest.map(|oldest| loaded.clock - oldest).or(since_reset).map(seconds)
}

fn hidden(source: &Source, hidden: u64) -> Missing {
    let why = format!("the user may not see the texts of {hidden} statements of other users");
    let grant = format!("grant pg_read_all_stats to {}", source.user);
    Missing::new("statements of other users", why).remedy(grant)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn millis(millis: f64) -> Duration {
    seconds(millis / 1e3)
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
