use perf_core::CallSite;

use crate::error::DbError;
use crate::pool::Lease;
use crate::statement::{Call, Loan};

/// The transaction of a batch: one of its own, unless it runs within one of the user's.
///
/// Dropped before its end it gives the connection up, which undoes all: a connection with an open
/// transaction must reach nobody else.
pub(super) struct Frame<'a> {
    lease: &'a Lease,
    call_site: CallSite,
    open: bool,
}

impl<'a> Frame<'a> {
    pub(super) async fn begin(loan: &'a Loan<'_>, call_site: CallSite) -> Result<Self, DbError> {
        let own = !loan.in_transaction();
        if own {
            Call::at("begin", call_site).control(loan).await?;
        }
        Ok(Self { lease: loan, call_site, open: own })
    }

    /// Commits what went well and undoes what did not.
    pub(super) async fn end<T>(mut self, outcome: Result<T, DbError>) -> Result<T, DbError> {
        if !self.open {
            return outcome;
        }
        match outcome {
            Ok(answer) => {
                let committed = Call::at("commit", self.call_site).control(self.lease).await;
                // A refused commit is a rollback.
                self.open = committed.as_ref().is_err_and(|error| error.code().is_none());
                committed.map(|()| answer)
            }
            Err(error) => {
                let undone = Call::at("rollback", self.call_site).control(self.lease).await;
                self.open = undone.is_err();
                Err(error)
            }
        }
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        if self.open {
            self.lease.abandon();
        }
    }
}
