//! Which server a statement goes to.

use perf_core::CallSite;

use crate::error::DbError;
use crate::pool::{Lease, Pool};

/// The servers of one database.
#[derive(Debug)]
pub(crate) struct Router {
    primary: Pool,
}

impl Router {
    pub(crate) fn new(primary: Pool) -> Self {
        Self { primary }
    }

    /// A connection to the server that takes writes.
    pub(crate) async fn writer(&self, call_site: CallSite) -> Result<Lease, DbError> {
        self.primary.lease(call_site).await
    }

    /// A connection to a server that is good enough for a read.
    pub(crate) async fn reader(&self, call_site: CallSite) -> Result<Lease, DbError> {
        self.primary.lease(call_site).await
    }
}
