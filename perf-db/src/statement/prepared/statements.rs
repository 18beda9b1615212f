use std::collections::HashSet;

use foldhash::fast::RandomState;
use lru::LruCache;
use perf_core::sync::{Arc, Mutex};
use tokio_postgres::types::Oid;
#[cfg(feature = "advise")]
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use super::learn::learn;
use super::protocol::{Protocol, Signature};

/// What one connection knows about the statements it sends.
pub(crate) struct Statements {
    pub(super) protocol: Arc<Protocol>,
    named: Mutex<LruCache<Box<str>, Statement, RandomState>>,
    /// The user's types that the driver has asked about. No more than the database has.
    known_types: Mutex<HashSet<Oid, RandomState>>,
}

/// A statement that can be sent.
pub(crate) enum Ready {
    /// The server knows it by a name on this connection.
    Named(Statement),
    /// Its text goes with it.
    Unnamed(Arc<Signature>),
}

impl Statements {
    pub(crate) fn new(protocol: Arc<Protocol>) -> Self {
        let named = LruCache::with_hasher(protocol.capacity, RandomState::default());
        Self { protocol, named: Mutex::new(named), known_types: Mutex::default() }
    }

    /// Whether a pooler in transaction mode is known to stand before the server.
    pub(crate) fn is_behind_pooler(&self) -> bool {
        self.protocol.is_unnamed()
    }

    /// Makes the statement ready on the connection of this client.
    pub(crate) async fn ready(
        &self,
        client: &Client,
        in_transaction: bool,
        sql: &str,
    ) -> Result<Ready, Error> {
        if !self.protocol.is_unnamed() {
            return self.named(client, sql).await.map(Ready::Named);
        }
        if let Some(signature) = self.protocol.signature(sql)
            && self.knows(&signature.user_types)
        {
            return Ok(Ready::Unnamed(signature));
        }
        let (signature, types) = Box::pin(learn(client, in_transaction, sql)).await?;
        self.known_types.lock().extend(types);
        Ok(Ready::Unnamed(self.protocol.learned(sql, signature)))
    }

    /// The statement under a name, which in front of a pooler is of use in this transaction only
    /// and is not kept.
    ///
    /// A statement that has to make room is closed on the server as soon as nobody uses it.
    pub(crate) async fn named(&self, client: &Client, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.known(sql) {
            return Ok(statement);
        }
        // In a box, since every statement carries the room for what happens once.
        let statement = Box::pin(client.prepare(sql)).await?;
        #[cfg(feature = "advise")]
        self.protocol.texts.note(sql, statement.params());
        if !self.protocol.is_unnamed() {
            self.named.lock().put(sql.into(), statement.clone());
        }
        Ok(statement)
    }

    /// The statement under a name, if it was prepared and kept.
    pub(crate) fn known(&self, sql: &str) -> Option<Statement> {
        if self.protocol.is_unnamed() { None } else { self.named.lock().get(sql).cloned() }
    }

    /// The types of the parameters, where this connection has sent the statement.
    #[cfg(feature = "advise")]
    pub(crate) fn types(&self, sql: &str) -> Option<Vec<Type>> {
        match self.known(sql) {
            Some(statement) => Some(statement.params().to_vec()),
            None => Some(self.protocol.signature(sql)?.parameters.to_vec()),
        }
    }

    /// Tells the texts of the statements that are prepared now.
    #[cfg(feature = "advise")]
    pub(crate) fn keep_texts(&self) {
        let texts = &self.protocol.texts;
        self.named.lock().iter().for_each(|(sql, known)| texts.note(sql, known.params()));
    }

    fn knows(&self, types: &[Oid]) -> bool {
        types.is_empty() || {
            let known = self.known_types.lock();
            types.iter().all(|oid| known.contains(oid))
        }
    }

    /// Makes the next use of the text prepare or learn it anew.
    pub(crate) fn forget(&self, sql: &str) {
        // Not in the lock: to drop a statement sends that it is closed.
        let forgotten = self.named.lock().pop(sql);
        drop(forgotten);
        self.protocol.forget(sql);
    }
}
