use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint};
use tokio_postgres::types::ToSql;

use super::sample::{Sample, Value};
use crate::advise::plan::Plan;
use crate::advise::{Advisor, Explain, Missing};
use crate::error::{DbError, DbErrorKind};

/// The plan of a slow execution for the values that it had; made by [`Advisor::slow_plans`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SlowPlan {
    /// The statement.
    pub statement: Fingerprint,
    /// Who sent it.
    pub call_site: CallSite,
    /// How long it took.
    pub took: Duration,
    /// How the server would run it now; not measured. Or why there is no plan.
    pub plan: Result<Plan, Missing>,
}

impl Advisor {
    /// The plans of the slowest executions that the service's own `Db` has kept, slowest first: at
    /// most 32, one for each statement. None unless
    /// [`DbBuilder::explain_slow`](crate::DbBuilder::explain_slow) was called.
    ///
    /// Nothing is run: the server plans the statement for the values of that execution, as its data
    /// and statistics are now. It may have taken another plan then, such as the one for all values.
    ///
    /// # Errors
    /// When no connection is to be had.
    ///
    /// # Cancel safety
    /// Dropping the future leaves everything as it was.
    ///
    /// # Cost
    /// Five round trips for each.
    pub async fn slow_plans(&self) -> Result<Vec<SlowPlan>, DbError> {
        let Some(slow) = &self.db().handle().slow else { return Ok(Vec::new()) };
        let mut plans = Vec::new();
        for sample in slow.samples() {
            let plan = match self.apart(self.explain_sample(&sample)).await {
                Ok(plan) => Ok(plan),
                Err(error) if is_of_server(&error) => return Err(error),
                Err(error) => Err(Missing::new("the plan of a slow execution", error.to_string())),
            };
            let Sample { ref sql, call_site, took, .. } = *sample;
            plans.push(SlowPlan { statement: sql.fingerprint().clone(), call_site, took, plan });
        }
        Ok(plans)
    }

    async fn explain_sample(&self, sample: &Sample) -> Result<Plan, DbError> {
        let values = sample.values.iter().map(|value: &Value| value as &(dyn ToSql + Sync));
        let values: Vec<_> = values.collect();
        Explain::at(sample.sql.clone(), sample.call_site)
            .parameters(&values)
            .statement_timeout(self.time_limit())
            .run(self.db())
            .await
    }
}

/// Whether the next one would fail as well.
fn is_of_server(error: &DbError) -> bool {
    error.is_connection()
        || error.kind() == DbErrorKind::Closed
        || error.is_timeout() && error.code().is_none()
}
