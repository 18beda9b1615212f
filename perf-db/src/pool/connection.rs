use std::fmt;

use deadpool_postgres::ClientWrapper;
use perf_core::sync::{Arc, AtomicU64, Ordering};
use tokio_postgres::{Client, Error, Statement};

use super::cancel_request::Target;
use crate::router::WriteMark;
use crate::statement::{OpenTransaction, Protocol, Ready, Statements};

/// A session with the server, and the statements that are prepared in it.
pub struct Connection {
    pub(super) client: ClientWrapper,
    statements: Statements,
    open: OpenTransaction,
    /// Where a request to cancel goes.
    target: Option<Target>,
    /// How far its server, if it is a replica, is known to have come; measured over this very
    /// connection, which ends when the server begins again.
    replayed: AtomicU64,
}

impl Connection {
    pub(super) fn new(
        client: ClientWrapper,
        protocol: Arc<Protocol>,
        target: Option<Target>,
    ) -> Self {
        let (statements, open) = (Statements::new(protocol), OpenTransaction::default());
        Self { client, statements, open, target, replayed: AtomicU64::new(0) }
    }

    pub(super) fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The statement under a name, prepared when this session sees its text for the first time.
    ///
    /// Must be used in one transaction when there is a pooler in between, see
    /// [`Prepared`](crate::Prepared); [`ready`](Self::ready) need not.
    pub(crate) async fn prepared(&self, sql: &str) -> Result<Statement, Error> {
        self.statements.named(&self.client, sql).await
    }

    /// The statement, prepared or its types learned when its text is new.
    pub(crate) async fn ready(&self, sql: &str) -> Result<Ready, Error> {
        self.statements.ready(&self.client, self.open.is_open(), sql).await
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.statements
    }

    /// Whether a transaction is open, as far as the statements tell.
    pub(crate) fn open(&self) -> &OpenTransaction {
        &self.open
    }

    pub(crate) fn has_replayed(&self, mark: WriteMark) {
        self.replayed.fetch_max(mark.to_number(), Ordering::Relaxed);
    }

    pub(crate) fn is_known_to_have_replayed(&self, mark: WriteMark) -> bool {
        self.replayed.load(Ordering::Relaxed) >= mark.to_number()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
