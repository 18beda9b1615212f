use std::fmt;

use perf_core::sync::{Arc, AtomicU64, Ordering};
use perf_core::time::{self, Instant};
use tokio_postgres::{Client, Error, Statement};

use super::Dial;
use super::cancel::Canceller;
use super::doctor::Seat;
#[cfg(feature = "advise")]
use crate::advise::explain::slow::SlowExecutions;
use crate::router::WriteMark;
use crate::statement::{OpenTransaction, Protocol, Ready, Statements};
use crate::tls::{CancelTarget, Carrier, Encryption};

/// A session with the server, and the statements that are prepared in it.
pub struct Connection {
    client: Client,
    _carrier: Carrier,
    encryption: Encryption,
    /// Where a request to cancel goes.
    target: Option<CancelTarget>,
    statements: Statements,
    open: OpenTransaction,
    /// How far its server, if it is a replica, is known to have come; measured over this very
    /// connection, which ends when the server begins again.
    replayed: AtomicU64,
    /// From then on nobody is handed it.
    pub(super) expires: Instant,
    /// When the server was last heard of; of no meaning while somebody uses the connection.
    pub(super) heard: Instant,
    pub(super) seat: Seat,
    #[cfg(feature = "advise")]
    slow: Option<Arc<SlowExecutions>>,
}

impl Connection {
    pub(super) fn new(
        (client, carrier): (Client, Carrier),
        dial: &Dial,
        protocol: Arc<Protocol>,
        expires: Instant,
        seat: Seat,
    ) -> Self {
        Self {
            client,
            _carrier: carrier,
            encryption: dial.encryption().clone(),
            target: dial.cancel_target().cloned(),
            statements: Statements::new(protocol),
            open: OpenTransaction::default(),
            replayed: AtomicU64::new(0),
            expires,
            heard: time::now(),
            seat,
            #[cfg(feature = "advise")]
            slow: None,
        }
    }

    pub(super) fn canceller(&self) -> Canceller {
        Canceller {
            token: self.client.cancel_token(),
            encryption: self.encryption.clone(),
            target: self.target.clone(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The statement under a name, prepared when this session sees its text for the first time.
    ///
    /// Must be used in one transaction when there is a pooler in between, see
    /// [`Prepared`](crate::Prepared); [`ready`](Self::ready) need not.
    pub(crate) async fn prepared(&self, sql: &str) -> Result<Statement, Error> {
        if self.statements.is_behind_pooler() {
            // What the driver asks about types by itself would leave a name behind.
            self.ready(sql).await?;
        }
        self.statements.named(&self.client, sql).await
    }

    /// The statement, prepared or its types learned when its text is new.
    pub(crate) async fn ready(&self, sql: &str) -> Result<Ready, Error> {
        self.statements.ready(&self.client, self.open.is_open(), sql).await
    }

    #[cfg(feature = "advise")]
    pub(super) fn keeping(self, slow: Option<Arc<SlowExecutions>>) -> Self {
        Self { slow, ..self }
    }

    /// Where slow executions are kept, if anybody wants them.
    #[cfg(feature = "advise")]
    pub(crate) fn slow(&self) -> Option<&SlowExecutions> {
        self.slow.as_deref()
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

    /// Never behind a pooler, which may have gone to a server that has begun again since.
    pub(crate) fn is_known_to_have_replayed(&self, mark: WriteMark) -> bool {
        !self.statements.is_behind_pooler()
            && self.replayed.load(Ordering::Relaxed) >= mark.to_number()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
