use perf_core::CallSite;

use crate::error::DbError;
use crate::pool::Lease;
use crate::statement::{Call, Loan};

/// What a batch of several exchanges is undone by: a transaction of its own, or a savepoint within
/// one of the user's.
///
/// Dropped before its end it gives the connection up, which undoes all: a connection with an open
/// transaction must reach nobody else.
pub(super) struct Frame<'a> {
    lease: &'a Lease,
    call_site: CallSite,
    kind: Kind,
    open: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Transaction,
    Savepoint,
}

impl Kind {
    fn begin(self) -> &'static str {
        match self {
            Self::Transaction => "begin",
            Self::Savepoint => "savepoint perf_db_batch",
        }
    }

    fn keep(self) -> &'static str {
        match self {
            Self::Transaction => "commit",
            Self::Savepoint => "release savepoint perf_db_batch",
        }
    }

    fn undo(self) -> &'static str {
        match self {
            Self::Transaction => "rollback",
            Self::Savepoint => {
                "rollback to savepoint perf_db_batch; release savepoint perf_db_batch"
            }
        }
    }
}

impl<'a> Frame<'a> {
    pub(super) async fn begin(loan: &'a Loan<'_>, call_site: CallSite) -> Result<Self, DbError> {
        let kind = if loan.in_transaction() { Kind::Savepoint } else { Kind::Transaction };
        Call::at(kind.begin(), &[], call_site).control(loan).await?;
        Ok(Self { lease: loan, call_site, kind, open: true })
    }

    /// Keeps what went well and undoes what did not.
    pub(super) async fn end<T>(mut self, outcome: Result<T, DbError>) -> Result<T, DbError> {
        match outcome {
            Ok(answer) => {
                let kept =
                    Call::at(self.kind.keep(), &[], self.call_site).control(self.lease).await;
                // A refused commit is a rollback.
                self.open = kept.as_ref().is_err_and(|error| error.code().is_none());
                match self.kind {
                    Kind::Transaction => kept.map_err(DbError::of_commit)?,
                    Kind::Savepoint => kept?,
                }
                Ok(answer)
            }
            Err(error) => {
                let undone =
                    Call::at(self.kind.undo(), &[], self.call_site).control(self.lease).await;
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
