use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::units;

use super::limits::Limits;
use super::load::{count, seconds};
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// Transactions prepared to be committed later, which hold their locks until somebody does.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PreparedTransactions {
    /// How many there are.
    pub count: u64,
    /// How long ago the oldest one was prepared.
    pub oldest: Duration,
    /// Transactions since the oldest one began: vacuum removes nothing younger.
    pub holds_back: u64,
}

const PREPARED: &str = own!(
    "\
    select count(*) as transactions, max(age(transaction))::bigint as holds_back, \
        extract(epoch from clock_timestamp() - min(prepared))::float8 as oldest \
    from pg_catalog.pg_prepared_xacts where database = current_database()"
);

pub(super) async fn read(look: &Transaction) -> Result<PreparedTransactions, DbError> {
    let row = look.query_one(PREPARED, &[]).await?;
    Ok(PreparedTransactions {
        count: count(&row, "transactions")?,
        oldest: seconds(&row, "oldest")?.unwrap_or_default(),
        holds_back: count(&row, "holds_back")?,
    })
}

impl PreparedTransactions {
    pub(super) fn finding(&self, limits: &Limits) -> Option<Finding> {
        if self.count == 0 || self.oldest < limits.long_transaction {
            return None;
        }
        let held = format!("what {} transactions have left behind", units::count(self.holds_back));
        Some(
            Finding::new(FindingKind::LongTransaction, "prepared", "prepared transactions")
                .severity(Severity::Critical)
                .evidence("transactions", units::count(self.count))
                .evidence("oldest", units::duration(self.oldest))
                .evidence("keeps from vacuum", held)
                .advice(
                    "commit or roll back what was prepared and left: it outlives every client and \
                     restart, with its locks",
                )
                .code("select gid, prepared, owner from pg_prepared_xacts order by prepared;"),
        )
    }
}
