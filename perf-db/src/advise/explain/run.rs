use super::frame::{Frame, Limits};
use super::text::StatementText;
use super::{BothPlans, Explain, Refusal, generic, plan_text, volatile};
use crate::advise::plan::{Plan, PlanError};
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::row::Row;
use crate::statement::Call;

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

impl Explain<'_> {
    /// Asks for the plan.
    ///
    /// # Errors
    /// The kind is [`Unexplainable`](crate::DbErrorKind::Unexplainable) when the text is not that of
    /// one statement which has a plan, or when it was not run because it may do more than read.
    /// Beside that as [`query`](Executor::query). A transaction of the caller's goes on after each
    /// of these; nothing else may be sent to it meanwhile.
    ///
    /// # Cancel safety
    /// As [`query`](Executor::query).
    ///
    /// # Cost
    /// Five round trips, one for each setting, and three more with [`analyze`](Self::analyze).
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
}
