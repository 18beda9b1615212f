use std::fmt;

use perf_core::CallSite;
use perf_core::time::Duration;
use tokio_postgres::types::ToSql;

use super::frame::{Frame, Limits};
use super::text::StatementText;
use super::{BothPlans, Refusal};
use super::{generic, plan_text, volatile};
use crate::advise::OWN;
use crate::advise::plan::{Plan, PlanError};
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::row::Row;
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
    sql: Sql,
    call_site: CallSite,
    parameters: Option<&'a Parameters<'a>>,
    analyze: bool,
    timing: bool,
    even_if_it_writes: bool,
    settings: Vec<(String, String)>,
    statement_timeout: Duration,
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

    /// Asks for the plan.
    ///
    /// # Errors
    /// The kind is [`Unexplainable`](crate::DbErrorKind::Unexplainable) when the text is not that of
    /// one statement which has a plan, or when it was not run because it may do more than read.
    /// Beside that as [`query`](Executor::query). A transaction of the caller's goes on after each
    /// of these.
    ///
    /// # Cancel safety
    /// As [`query`](Executor::query).
    ///
    /// # Cost
    /// Five round trips, and two more with [`analyze`](Self::analyze).
    pub fn run(&self, on: &impl Executor) -> impl Future<Output = Result<Plan, DbError>> + Send {
        let text = self.admitted();
        async move {
            let json = self.within_frame(on, text?, Wanted::One).await?;
            json.first().map_or(Err(PlanError::NotAPlan), |json| Plan::parse(json)).map_err(no_plan)
        }
    }

    /// Asks for the plan for the given values and for the one for all values. Neither is run,
    /// whatever [`analyze`](Self::analyze) says.
    ///
    /// A prepared statement is planned for its values five times; from then on the server takes the
    /// plan for all values, unless its cost is above the mean of those five (PostgreSQL manual,
    /// `plan_cache_mode`).
    ///
    /// # Errors
    /// As [`run`](Self::run), and without values for the parameters.
    ///
    /// # Cancel safety
    /// As [`run`](Self::run).
    ///
    /// # Cost
    /// As [`run`](Self::run), with two to four round trips more.
    pub fn run_both(
        &self,
        on: &impl Executor,
    ) -> impl Future<Output = Result<BothPlans, DbError>> + Send {
        let planned = Self { analyze: false, ..self.clone() };
        async move {
            let text = planned.admitted()?;
            if text.parameters > 0 && self.parameters.is_none() {
                return Err(self.refused(Refusal::NoValues));
            }
            let json = planned.within_frame(on, text, Wanted::Both).await?;
            let plans: Result<Vec<Plan>, _> = json.iter().map(|json| Plan::parse(json)).collect();
            match <[Plan; 2]>::try_from(plans.map_err(no_plan)?) {
                Ok([custom, generic]) => Ok(BothPlans { custom, generic }),
                Err(_) => Err(no_plan(PlanError::NotAPlan)),
            }
        }
    }

    async fn within_frame(
        &self,
        on: &impl Executor,
        text: StatementText,
        wanted: Wanted,
    ) -> Result<Vec<String>, DbError> {
        let loan = on.lend(self.call_site).await?;
        let limits = Limits {
            only_reads: !(self.analyze && self.even_if_it_writes),
            statement_timeout: self.statement_timeout,
            settings: &self.settings,
        };
        let outcome = match Frame::begin(&loan, self.call_site, &limits).await {
            Ok(frame) => {
                let plans = self.plans(&frame, text, wanted).await;
                frame.end(plans).await
            }
            Err(error) => Err(error),
        };
        on.noted(outcome)
    }

    /// What can be refused before a connection is taken.
    fn admitted(&self) -> Result<StatementText, DbError> {
        Call::at(self.sql.clone(), self.given(), self.call_site).check()?;
        let text = StatementText::read(self.sql.text()).map_err(|refusal| self.refused(refusal))?;
        if !self.analyze {
            return Ok(text);
        }
        if text.parameters > 0 && self.parameters.is_none() {
            return Err(self.refused(Refusal::NoValues));
        }
        match self.even_if_it_writes {
            false if text.writes => Err(self.refused(Refusal::Writes)),
            false if text.has_escaped_names => Err(self.refused(Refusal::Unclear)),
            _ => Ok(text),
        }
    }

    async fn plans(
        &self,
        frame: &Frame<'_>,
        text: StatementText,
        wanted: Wanted,
    ) -> Result<Vec<String>, DbError> {
        let parameters = text.parameters;
        if parameters > 0 && self.parameters.is_none() {
            return Ok(vec![generic::plan(frame, self, parameters).await?]);
        }
        let custom = self.custom_or_measured(frame, text).await?;
        Ok(match wanted {
            Wanted::One => vec![custom],
            Wanted::Both if parameters == 0 => vec![custom.clone(), custom],
            Wanted::Both => vec![custom, generic::plan(frame, self, parameters).await?],
        })
    }

    async fn custom_or_measured(
        &self,
        frame: &Frame<'_>,
        mut text: StatementText,
    ) -> Result<String, DbError> {
        if !self.analyze {
            return self.custom(frame, PLANNED).await;
        }
        if !self.even_if_it_writes {
            let planned = self.custom(frame, PLANNED).await?;
            volatile::note_plan(&mut text.calls, &planned);
            if let Some(refusal) = volatile::check(frame, &text.calls).await? {
                return Err(self.refused(refusal));
            }
        }
        self.custom(frame, if self.timing { MEASURED } else { COUNTED }).await
    }

    /// The plan for the values that were given.
    async fn custom(&self, frame: &Frame<'_>, options: &str) -> Result<String, DbError> {
        let call = self.call(options);
        let answer: Result<Vec<Row>, DbError> = call.send(frame.lease).await;
        // Else it would take the place of a statement of the service.
        if let Ok(connection) = frame.lease.connection() {
            connection.statements().forget(call.sql().text());
        }
        let rows: Vec<_> = answer?.into_iter().map(Row::into_postgres).collect();
        plan_text::of_rows(&rows)
    }

    pub(super) fn call(&self, options: &str) -> Call<'a> {
        // On a line of its own, since the text may end in a comment.
        let explain = format!("explain ({options}) {}\n{OWN}", self.sql.text());
        Call::at(explain, self.given(), self.call_site)
    }

    fn given(&self) -> &'a Parameters<'a> {
        self.parameters.unwrap_or(&[])
    }

    pub(super) fn sql(&self) -> &str {
        self.sql.text()
    }

    pub(super) fn refused(&self, refusal: Refusal) -> DbError {
        let (statement, call_site) = (self.sql.fingerprint().clone(), self.call_site);
        Reason::Unexplainable { statement, call_site, refusal }.into()
    }
}

/// How many plans of a statement.
#[derive(Clone, Copy)]
enum Wanted {
    One,
    Both,
}

fn no_plan(error: PlanError) -> DbError {
    Reason::NoPlan(error).into()
}

/// What is asked of the server about a plan; the names of schemas come with `verbose` only.
pub(super) const PLANNED: &str = "verbose, settings, summary, format json";
const MEASURED: &str = "analyze, buffers, verbose, settings, summary, format json";
const COUNTED: &str = "analyze, buffers, timing off, verbose, settings, summary, format json";

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
