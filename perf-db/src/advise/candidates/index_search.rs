use perf_core::time::{self, Duration};

use super::advice::{IndexAdvice, Why};
use super::case::Case;
use super::estimate::estimated;
use super::planner::{Planner, is_available};
use super::pool::entries;
use super::search::Search;
use super::trigram::trigrams;
use crate::advise::{Advisor, Missing, Schema, Workload};
use crate::error::DbError;

/// How indexes are searched for.
///
/// ```no_run
/// # async fn search(advisor: &perf_db::advise::Advisor, workload: &perf_db::advise::Workload)
/// # -> Result<(), perf_db::DbError> {
/// use perf_db::advise::candidates::IndexSearch;
///
/// let schema = advisor.schema().await?;
/// let advice = IndexSearch::new().run(advisor, &schema, workload).await?;
/// for finding in advice.findings(&schema, workload) {
///     println!("{}: {:?}", finding.subject, finding.remedy.code);
/// }
/// for rejected in &advice.rejected {
///     println!("{}: {}", rejected.candidate, rejected.why);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IndexSearch {
    budget: Duration,
    pub(super) least_cost: f64,
    pub(super) least_saving: f64,
}

impl Default for IndexSearch {
    fn default() -> Self {
        Self::new()
    }
}

impl IndexSearch {
    /// With dexter's bars, and half a minute.
    pub fn new() -> Self {
        Self { budget: Duration::from_secs(30), least_cost: 100.0, least_saving: 0.5 }
    }

    /// After this time no more is looked at. Defaults to 30 s, as that of postgres-mcp.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Statements that cost less, in the planner's unit, are no reason for an index. Defaults to
    /// 100, as dexter's.
    #[must_use]
    pub fn least_cost(mut self, cost: f64) -> Self {
        self.least_cost = cost;
        self
    }

    /// The share of its cost, from 0 to 1, that an index must save at least one statement. Defaults
    /// to 0.5, as dexter's.
    #[must_use]
    pub fn least_saving(mut self, share: f64) -> Self {
        self.least_saving = share.clamp(0.0, 1.0);
        self
    }

    pub(super) fn is_enough(&self, before: f64, after: f64) -> bool {
        before >= self.least_cost && after <= before * (1.0 - self.least_saving)
    }

    /// The bar that is missed by what takes a statement from one cost to another, if one is.
    pub(super) fn why(&self, before: f64, after: f64) -> Option<Why> {
        if self.is_enough(before, after) {
            None
        } else if before < self.least_cost {
            Some(Why::Cheap { cost: before, least: self.least_cost })
        } else if after >= before {
            Some(Why::Unused)
        } else {
            Some(Why::SavesLittle { before, after, least_saving: self.least_saving })
        }
    }

    /// Looks for the indexes that this workload misses.
    ///
    /// # Errors
    /// When no connection becomes free in time or the connection breaks. A statement that the server
    /// will not plan is left out and is told of in [`IndexAdvice::missing`].
    ///
    /// # Cancel safety
    /// Dropping the future ends the transaction and closes its connection.
    ///
    /// # Cost
    /// Ten to forty plans for each statement, none of which is run, on one connection; within the budget
    /// and the time of the statement under way (bench `index_search`). Locks are held for one round
    /// trip each.
    pub async fn run(
        &self,
        advisor: &Advisor,
        schema: &Schema,
        workload: &Workload,
    ) -> Result<IndexAdvice, DbError> {
        advisor.apart(self.search(advisor, schema, workload)).await
    }

    async fn search(
        &self,
        advisor: &Advisor,
        schema: &Schema,
        workload: &Workload,
    ) -> Result<IndexAdvice, DbError> {
        let started = time::now();
        let look = advisor.look().await?;
        let mut planner = Planner::open(&look, self.budget).await?;
        let mut advice = IndexAdvice::default();
        let cases = Case::all(&mut planner, schema, workload, &mut advice.missing).await?;
        let entries = entries(&cases, schema, &mut advice.rejected);
        let operators = planner.trigram_operators().await?;
        let (cases, planner) = if planner.has_hypopg() {
            let mut search = Search::new(planner, self, schema, workload, cases);
            advice.suggested = search.run(entries).await?;
            advice.rejected.append(&mut search.rejected);
            search.into_parts()
        } else {
            let can_have = is_available(&look, "hypopg").await?;
            advice.missing.push(without_hypopg(can_have, schema));
            advice.rejected.clear();
            advice.suggested = estimated(&cases, schema, workload, self, &mut advice.rejected);
            (cases, planner)
        };
        let found = trigrams(&cases, schema, workload, self, operators.as_deref());
        advice.suggested.extend(found.suggested);
        advice.rejected.extend(found.rejected);
        advice.missing.extend(found.missing);
        (advice.explains, advice.ran_out_of_time) = (planner.explains(), planner.is_out_of_time());
        planner.close().await?;
        look.rollback().await?;
        if advice.ran_out_of_time {
            let why = format!(
                "the search for indexes ended after {} plans, because its time was over",
                advice.explains
            );
            advice.missing.push(Missing::new("all candidates for indexes", why));
        }
        advice.took = started.elapsed();
        Ok(advice)
    }
}

fn without_hypopg(can_have: bool, schema: &Schema) -> Missing {
    let what = "indexes proven by the planner";
    match can_have {
        true => Missing::new(
            what,
            "the extension hypopg is not in this database, so that indexes are estimated from \
             statistics",
        )
        .remedy("create extension hypopg"),
        false => Missing::new(
            what,
            "the server does not have hypopg, so that indexes are estimated from statistics",
        )
        .remedy(format!(
            "install the package postgresql-{}-hypopg at the server; then: create extension hypopg",
            schema.server_version / 10_000
        )),
    }
}
