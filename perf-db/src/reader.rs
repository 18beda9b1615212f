use perf_core::CallSite;
use perf_core::sql::StatementKind;
use perf_core::sync::Arc;

use crate::db::Shared;
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::statement::{Answer, Call, Dispatch, Loan};

/// Statements that only read; made by [`Db::read`](crate::Db::read).
///
/// A statement that writes by its text is refused before it is sent.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Executor for Reader {}

impl Dispatch for Reader {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        self.admit(call)?;
        call.send(&self.shared.router.reader(call.call_site()).await?).await
    }

    fn admit(&self, call: &Call<'_>) -> Result<(), DbError> {
        if call.sql().fingerprint().kind() == StatementKind::Write {
            return Err(Reason::WriteOnReader {
                statement: call.sql().fingerprint().clone(),
                call_site: call.call_site(),
            }
            .into());
        }
        Ok(())
    }

    async fn lend(&self, call_site: CallSite) -> Result<Loan<'_>, DbError> {
        Ok(Loan::Own(self.shared.router.reader(call_site).await?))
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }
}
