use tokio_postgres::types::ToSql;

use super::Claim;
use super::claim::Checking;
use crate::executor::Executor;
use crate::sql::Sql;

/// For the macros: a method is found on a value and on any reference to it.
#[doc(hidden)]
pub trait Check: Executor + Sized {
    #[track_caller]
    fn perf_db_check<'a>(
        &'a self,
        claim: Claim,
        sql: impl Into<Sql>,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> Checking<'a> {
        claim.check(self, sql, parameters)
    }
}

impl<E: Executor> Check for E {}
