use std::fmt;
use std::num::NonZeroUsize;

use deadpool_postgres::ClientWrapper;
use foldhash::fast::RandomState;
use lru::LruCache;
use perf_core::sync::Mutex;
use tokio_postgres::{Client, Error, Statement};

/// A session with the server, and the statements that are prepared in it.
pub struct Connection {
    pub(super) client: ClientWrapper,
    statements: Mutex<LruCache<Box<str>, Statement, RandomState>>,
}

impl Connection {
    pub(super) fn new(client: ClientWrapper, statement_cache: NonZeroUsize) -> Self {
        let statements = LruCache::with_hasher(statement_cache, RandomState::default());
        Self { client, statements: Mutex::new(statements) }
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
