use std::ops::Deref;

use perf_core::CallSite;

use super::{Answer, Call};
use crate::db::Shared;
use crate::error::DbError;
use crate::pool::Lease;
use crate::router::UnsettledWrite;

/// How an executor gets a statement to a server.
pub trait Dispatch: Sync {
    /// Sends the statement and reads its answer to the end.
    fn dispatch<A: Answer>(
        &self,
        call: &Call<'_>,
    ) -> impl Future<Output = Result<A, DbError>> + Send;

    /// Refuses a statement that must not be sent here, before it takes a connection.
    fn admit(&self, call: &Call<'_>) -> Result<(), DbError> {
        call.check()?;
        call.check_control()
    }

    /// One connection for several exchanges, with nobody else on it.
    ///
    /// What belongs together must be in a transaction: [`Loan::in_transaction`] says whether it
    /// is already.
    fn lend(&self, call_site: CallSite) -> impl Future<Output = Result<Loan<'_>, DbError>> + Send;

    /// The database that it belongs to.
    fn shared(&self) -> &Shared;

    /// Whether it can only read.
    fn only_reads(&self) -> bool {
        false
    }

    /// Whether this statement may write here.
    fn may_write(&self, call: &Call<'_>) -> bool {
        !call.only_reads()
    }

    /// Something is about to be written over a lent connection.
    fn write_over(&self, loan: &Loan<'_>) -> UnsettledWrite<'_> {
        if self.only_reads() || loan.in_transaction() {
            UnsettledWrite::without_mark()
        } else {
            self.shared().router.write()
        }
    }

    /// Hears how an exchange over a lent connection ended.
    fn noted<T>(&self, outcome: Result<T, DbError>) -> Result<T, DbError> {
        outcome
    }
}

/// A connection for several exchanges: taken from the pool, or that of a session or transaction.
#[derive(Debug)]
pub enum Loan<'a> {
    /// Goes back to the pool.
    Own(Lease),
    /// Stays with its session or transaction.
    Shared {
        /// The connection.
        lease: &'a Lease,
        /// Whether a transaction is open on it.
        in_transaction: bool,
    },
}

impl Loan<'_> {
    pub(crate) fn in_transaction(&self) -> bool {
        matches!(self, Self::Shared { in_transaction: true, .. })
    }
}

impl Deref for Loan<'_> {
    type Target = Lease;

    fn deref(&self) -> &Lease {
        match self {
            Self::Own(lease) => lease,
            Self::Shared { lease, .. } => lease,
        }
    }
}
