use perf_core::Fingerprint;
use perf_core::time::Duration;
use tokio_postgres::types::ToSql;

use super::questions;
use super::snapshot::{Planning, ServerStatement, Statements};
use super::source::{Source, WHAT};
use crate::advise::plain_strings::read_in_one_way;
use crate::advise::{Advisor, Missing, OWN};
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;
use crate::transaction::Transaction;

/// As pghero.
const MAX_TEXT_CHARACTERS: i32 = 10_000;

/// Twice what a server keeps by default; those beyond take the least time.
const MAX_STATEMENTS: i64 = 10_000;

/// The texts of all together. Those beyond belong to statements that take little time.
const MAX_TEXTS_BYTES: i64 = 16 << 20;

/// Each time a twentieth of all make room. More often than this, a statement that is sent once a day
/// is seldom there (our choice).
const MANY_EVICTIONS_AN_HOUR: f64 = 1.0;

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
    let head = look.query_one(questions::head(&source), &[]).await?;
    let (block_bytes, evicted): (i64, Option<i64>) = (head.try_get(1)?, head.try_get(2)?);
    let mut loaded = Statements {
        missing,
        clock: head.try_get(0)?,
        evicted: evicted.map(unsigned),
        reset: head.try_get(3)?,
        ..Statements::default()
    };
    let limits: [&(dyn ToSql + Sync); 4] =
        [&OWN, &(MAX_TEXT_CHARACTERS + 1), &MAX_TEXTS_BYTES, &MAX_STATEMENTS];
    let rows = match look.query(questions::list(&source), &limits).await {
        Err(error) if error.code().is_some_and(is_of_encoding) => {
            loaded.missing.push(unreadable());
            return Ok(loaded);
        }
        rows => rows?,
    };
    if let Some(first) = rows.first() {
        loaded.time = millis(first.try_get("whole")?);
        loaded.hidden = unsigned(first.try_get("hidden")?);
        let all = unsigned(first.try_get("all_of_them")?);
        for row in &rows {
            loaded.statements.extend(statement(row, &source, unsigned(block_bytes))?);
        }
        let listed = loaded.statements.len() as u64 + loaded.hidden;
        loaded.left_off = all.saturating_sub(listed);
    }
    loaded.observed = observed(&loaded, head.try_get(4)?);
    if loaded.hidden > 0 {
        loaded.missing.push(hidden(&source, loaded.hidden));
    }
    let without_room = no_room(&source, &loaded);
    loaded.missing.extend(without_room);
    Ok(loaded)
}

fn statement(
    row: &Row,
    source: &Source,
    block_bytes: u64,
) -> Result<Option<ServerStatement>, DbError> {
    let query_id: Option<i64> = row.try_get("queryid")?;
    let text: Option<&str> = row.try_get("text")?;
    let (Some(query_id), Some(query)) = (query_id, text) else { return Ok(None) };
    let count = |column: &str| row.try_get(column).map(unsigned);
    let bytes = |column: &str| count(column).map(|blocks| blocks.saturating_mul(block_bytes));
    let time = |column: &str| row.try_get(column).map(millis);
    let shown = read_in_one_way(query);
    let is_whole =
        query.chars().count() <= MAX_TEXT_CHARACTERS as usize && shown.len() == query.len();
    let (plans, plan_time) = (count("plans")?, time("plan_time")?);
    let is_planning_known = source.counts_planning || plans > 0;
    Ok(Some(ServerStatement {
        fingerprint: Fingerprint::of(shown),
        text: is_whole.then(|| query.into()),
        query_id,
        user_oid: row.try_get("userid")?,
        is_top_level: row.try_get("is_top")?,
        calls: count("calls")?,
        execution: time("exec_time")?,
        planning: is_planning_known.then_some(Planning { plans, time: plan_time }),
        rows: count("rows")?,
        hit_bytes: bytes("shared_blks_hit")?,
        read_bytes: bytes("shared_blks_read")?,
        temporary_bytes: bytes("temp_blks_written")?,
        io: time("io_time")?,
        jit: time("jit_time")?,
        since: row.try_get("since")?,
    }))
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

fn no_room(source: &Source, loaded: &Statements) -> Option<Missing> {
    let (evicted, observed) = (loaded.evicted?, loaded.observed?);
    if evicted as f64 <= MANY_EVICTIONS_AN_HOUR * observed.as_secs_f64() / 3_600.0 {
        return None;
    }
    let room = source.room;
    let why = format!(
        "the server has room for {room} statements, and the least used had to make room {evicted} \
         times, so that what it counts is too little; more room needs a restart"
    );
    let remedy = format!("alter system set pg_stat_statements.max = {}", room.saturating_mul(2));
    Some(Missing::new("statements that made room for others", why).remedy(remedy))
}

/// That a text is not valid in the encoding of this database, or has no equivalent there.
fn is_of_encoding(code: &str) -> bool {
    ["22021", "22P05"].contains(&code)
}

/// The extension converts the texts of all databases, also of those that were not asked for.
fn unreadable() -> Missing {
    let why = "the text of some statement, perhaps of another database, cannot be converted to \
               this database's encoding, and so pg_stat_statements shows none at all; it does again \
               when those of databases with other encodings are forgotten";
    Missing::new(WHAT, why).remedy(
        "select pg_stat_statements_reset(0, oid, 0) from pg_database \
         where encoding <> (select encoding from pg_database where datname = current_database())",
    )
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
