use perf_core::CallSite;
use perf_core::sync::Arc;

use crate::db::Shared;
use crate::error::DbError;
use crate::executor::Executor;
use crate::statement::{Answer, Call, Dispatch, Loan};

/// Statements that write, whatever their text says; made by [`Db::write`](crate::Db::write).
#[derive(Clone, Debug)]
#[must_use = "a writer does nothing until a statement is sent to it"]
pub struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Executor for Writer {}

impl Dispatch for Writer {
    async fn dispatch<A: Answer>(&self, call: &Call<'_>) -> Result<A, DbError> {
        let lease = self.shared.router.writer(call.call_site()).await?;
        self.shared.send(call, &lease, self.may_write(call)).await
    }

    async fn lend(&self, call_site: CallSite) -> Result<Loan<'_>, DbError> {
        Ok(Loan::Own(self.shared.router.writer(call_site).await?))
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn may_write(&self, _: &Call<'_>) -> bool {
        true
    }
}
