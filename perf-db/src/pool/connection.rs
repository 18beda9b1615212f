use std::fmt;
use std::num::NonZeroUsize;

use foldhash::fast::RandomState;
use lru::LruCache;
use perf_core::sync::{AtomicU64, Mutex, Ordering};
use perf_core::time::{self, Instant};
use tokio_postgres::{Client, Error, Statement};

use super::doctor::Seat;
use crate::router::WriteMark;
use crate::tls::{Carrier, Encryption};

/// A session with the server, and the statements that are prepared in it.
pub struct Connection {
    client: Client,
    _carrier: Carrier,
    pub(super) encryption: Encryption,
    statements: Mutex<LruCache<Box<str>, Statement, RandomState>>,
    /// How far its server, if it is a replica, is known to have come; measured over this very
    /// connection, which ends when the server begins again.
    replayed: AtomicU64,
    /// From then on nobody is handed it.
    pub(super) expires: Instant,
    /// When the server was last heard of; of no meaning while somebody uses the connection.
    pub(super) heard: Instant,
    pub(super) seat: Seat,
}

impl Connection {
    pub(super) fn new(
        (client, carrier): (Client, Carrier),
        encryption: Encryption,
        statement_cache: NonZeroUsize,
        expires: Instant,
        seat: Seat,
    ) -> Self {
        let statements = LruCache::with_hasher(statement_cache, RandomState::default());
        Self {
            client,
            _carrier: carrier,
            encryption,
            statements: Mutex::new(statements),
            replayed: AtomicU64::new(0),
            expires,
            heard: time::now(),
            seat,
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The statement, prepared when this session sees its text for the first time.
    ///
    /// A statement that has to make room is closed on the server as soon as nobody uses it.
    pub(crate) async fn prepared(&self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.known(sql) {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.lock().put(sql.into(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn has_replayed(&self, mark: WriteMark) {
        self.replayed.fetch_max(mark.to_number(), Ordering::Relaxed);
    }

    pub(crate) fn is_known_to_have_replayed(&self, mark: WriteMark) -> bool {
        self.replayed.load(Ordering::Relaxed) >= mark.to_number()
    }

    /// The statement, if this session has prepared it.
    pub(crate) fn known(&self, sql: &str) -> Option<Statement> {
        self.statements.lock().get(sql).cloned()
    }

    /// Makes the next use of the text prepare it anew.
    pub(crate) fn forget(&self, sql: &str) {
        self.statements.lock().pop(sql);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
