use std::num::NonZeroUsize;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio_postgres::{Config, NoTls};

use super::Connection;
use crate::address::Address;
use crate::error::{DbError, Reason};

/// Opens connections for the pool, and looks at them before they are used again.
pub(super) struct Manager {
    inner: deadpool_postgres::Manager,
    address: Address,
    statement_cache: NonZeroUsize,
}

impl Manager {
    pub(super) fn new(config: Config, address: Address, statement_cache: NonZeroUsize) -> Self {
        // deadpool's own form of the settings loses some of them on the way to the driver.
        let inner = deadpool_postgres::Manager::new(config, NoTls);
        Self { inner, address, statement_cache }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = DbError;

    async fn create(&self) -> Result<Connection, DbError> {
        match self.inner.create().await {
            Ok(client) => Ok(Connection::new(client, self.statement_cache)),
            Err(error) => Err(Reason::connect(&self.address, error).into()),
        }
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<DbError> {
        if connection.client().is_closed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        Ok(())
    }

    fn detach(&self, connection: &mut Connection) {
        self.inner.detach(&mut connection.client);
    }
}
