use std::fmt;

use perf_core::CallSite;
use perf_core::time::Duration;
use tokio_postgres::types::ToSql;

use super::Refusal;
use crate::advise::OWN;
use crate::error::{DbError, Reason};
use crate::sql::Sql;
use crate::statement::{Call, Parameters};

/// What the server answers on, at most (pghero's limit of its explains).
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks for the plan of a statement.
///
/// ```no_run
/// # async fn look(db: &perf_db::Db) -> Result<(), perf_db::DbError> {
/// use perf_db::advise::Explain;
///
/// let sql = "select id from orders where customer = $1 order by id limit 20";
/// let planned = Explain::new(sql).parameters(&[&7_i64]).run(db).await?;
/// let measured = Explain::new(sql).parameters(&[&7_i64]).analyze().run(db).await?;
/// # Ok(())
/// # }
/// ```
///
/// It happens in a transaction that is rolled back, in which the server refuses writes and a
/// statement takes 10 s at most. On a [`Transaction`](crate::Transaction), or on a session in which
/// one is open, it happens in a savepoint of that, and sees what was written before.
///
/// Without values for its parameters the server makes the plan that it would take for all values.
#[derive(Clone)]
#[must_use = "nothing is explained until it is run"]
pub struct Explain<'a> {
    pub(super) sql: Sql,
    pub(super) call_site: CallSite,
    pub(super) parameters: Option<&'a Parameters<'a>>,
    pub(super) analyze: bool,
    pub(super) timing: bool,
    pub(super) even_if_it_writes: bool,
    pub(super) settings: Vec<(String, String)>,
    pub(super) statement_timeout: Duration,
}

impl<'a> Explain<'a> {
    /// The plan of this statement, which has at most 256 KiB.
    #[track_caller]
    pub fn new(sql: impl Into<Sql>) -> Self {
        Self::at(sql, CallSite::here())
    }

    /// In the name of a caller who is known already.
    pub(crate) fn at(sql: impl Into<Sql>, call_site: CallSite) -> Self {
        Self {
            sql: sql.into(),
            call_site,
            parameters: None,
            analyze: false,
            timing: true,
            even_if_it_writes: false,
            settings: Vec::new(),
            statement_timeout: STATEMENT_TIMEOUT,
        }
    }

    /// The values of `$1`, `$2`, …: the plan is the one for them. Defaults to none, so that the plan
    /// is the one for all values.
    pub fn parameters(mut self, parameters: &'a [&'a (dyn ToSql + Sync)]) -> Self {
        self.parameters = Some(parameters);
        self
    }

    /// Runs the statement and measures: rows, time and buffers of each node, which the server
    /// counts at a cost to the statement.
    ///
    /// A statement that writes, locks rows or calls what may do more than read (a volatile function)
    /// is refused. Defaults to a plan that is not run.
    pub fn analyze(mut self) -> Self {
        self.analyze = true;
        self
    }

    /// Leaves out the time of each node, which can make a statement of many rows several times
    /// slower where the machine's clock is slow. Defaults to times.
    pub fn without_timing(mut self) -> Self {
        self.timing = false;
        self
    }

    /// Lets [`analyze`](Self::analyze) run what writes, with its triggers. What it wrote is rolled
    /// back, but not everything is undone by that: numbers that were taken from sequences are gone,
    /// locks of rows last until then, the dead rows take room until the next vacuum, and what a
    /// function does outside the database or to its session (`dblink`, `pg_advisory_lock`) stays
    /// done.
    ///
    /// Defaults to refusing it.
    pub fn even_if_it_writes(mut self) -> Self {
        self.even_if_it_writes = true;
        self
    }

    /// A setting of the server for this plan: `enable_seqscan`, `work_mem`. Defaults to those of
    /// the session.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// How long one statement may run at the server. Defaults to 10 s.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    pub(super) fn call(&self, options: &str) -> Call<'a> {
        // On a line of its own, since the text may end in a comment.
        let explain = format!("explain ({options}) {}\n{OWN}", self.sql.text());
        Call::at(explain, self.given(), self.call_site)
    }

    pub(super) fn given(&self) -> &'a Parameters<'a> {
        self.parameters.unwrap_or(&[])
    }

    pub(super) fn refused(&self, refusal: Refusal) -> DbError {
        let (statement, call_site) = (self.sql.fingerprint().clone(), self.call_site);
        Reason::Unexplainable { statement, call_site, refusal }.into()
    }
}

/// Without the values.
impl fmt::Debug for Explain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explain")
            .field("sql", &self.sql)
            .field("call_site", &self.call_site)
            .field("analyze", &self.analyze)
            .field("even_if_it_writes", &self.even_if_it_writes)
            .finish_non_exhaustive()
    }
}
