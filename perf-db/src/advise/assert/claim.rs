use std::fmt;
use std::pin::Pin;

use perf_core::CallSite;
use perf_core::time::Duration;
use perf_core::units;
use tokio_postgres::types::ToSql;

use super::broken::BrokenClaim;
use super::indexes::Indexes;
use super::rules::{self, Fault};
use crate::advise::Explain;
use crate::advise::plan::Plan;
use crate::error::DbError;
use crate::executor::Executor;
use crate::sql::Sql;

/// A test may run what a service must not.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// A [`Claim`] on its way to the server.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<(), BrokenClaim>> + Send + 'a>>;

/// What is said of the plan of a statement; the macros of [this module](super) say it in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// [`assert_index_supported!`](crate::assert_index_supported)
    IndexSupported,
    /// [`assert_max_rows_scanned!`](crate::assert_max_rows_scanned)
    MaxRowsScanned(u64),
    /// [`assert_no_spill!`](crate::assert_no_spill)
    NoSpill,
    /// [`assert_no_seq_scan!`](crate::assert_no_seq_scan)
    NoSeqScan,
}

impl Claim {
    /// Whether it is so; the macros panic where it is not.
    ///
    /// # Errors
    /// When it is not so, or the server does not explain the statement.
    ///
    /// # Cancel safety
    /// As [`Explain::run`].
    #[track_caller]
    pub fn check<'a>(
        self,
        on: &'a impl Executor,
        sql: impl Into<Sql>,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> Checking<'a> {
        let (sql, call_site) = (sql.into(), CallSite::here());
        Box::pin(async move { self.check_at(on, sql, parameters, call_site).await })
    }

    pub(super) async fn check_at(
        self,
        on: &impl Executor,
        sql: Sql,
        parameters: &[&(dyn ToSql + Sync)],
        call_site: CallSite,
    ) -> Result<(), BrokenClaim> {
        let statement = sql.fingerprint().clone();
        let explain = Explain::at(sql, call_site).parameters(parameters);
        let explain = self.asked(explain.statement_timeout(STATEMENT_TIMEOUT));
        let outcome = match explain.run(on).await {
            Ok(plan) => self.faults(on, &plan).await.map(|faults| (plan, faults)),
            Err(error) => Err(error),
        };
        match outcome {
            Ok((_, faults)) if faults.is_empty() => Ok(()),
            Ok((plan, faults)) => {
                Err(BrokenClaim::new(self, &statement, call_site).shown_by(&plan, &faults))
            }
            Err(error) => Err(BrokenClaim::new(self, &statement, call_site).not_known(&error)),
        }
    }

    fn asked(self, explain: Explain<'_>) -> Explain<'_> {
        match self {
            // The others on, so that a session that has turned them off makes no difference.
            Self::IndexSupported => ["indexscan", "indexonlyscan", "bitmapscan", "tidscan"]
                .iter()
                .fold(explain, |explain, way| explain.set(format!("enable_{way}"), "on"))
                .set("enable_seqscan", "off"),
            Self::NoSeqScan => explain,
            // In one process, since rows of several are told as a rounded mean, and whether there are
            // several depends on the size of the table and on who else is there.
            Self::MaxRowsScanned(_) | Self::NoSpill => explain
                .analyze()
                .without_timing()
                .even_if_it_writes()
                .set("max_parallel_workers_per_gather", "0"),
        }
    }

    async fn faults(self, on: &impl Executor, plan: &Plan) -> Result<Vec<Fault>, DbError> {
        Ok(match self {
            Self::IndexSupported => rules::unsupported(plan, &Indexes::of(on, plan).await?),
            Self::MaxRowsScanned(most) => rules::rows_scanned(plan, most),
            Self::NoSpill => rules::spills(plan),
            Self::NoSeqScan => rules::seq_scans(plan),
        })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexSupported => f.write_str("an index finds the rows of the statement"),
            Self::MaxRowsScanned(most) => {
                write!(f, "the statement reads at most {} rows", units::count(*most))
            }
            Self::NoSpill => f.write_str("the statement writes no temporary file"),
            Self::NoSeqScan => f.write_str("the planner reads no table from end to end"),
        }
    }
}
