use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use perf_core::sync::Arc;
use tokio_postgres::{Config, NoTls};

use super::Connection;
use super::cancel_request::Target;
use crate::address::Address;
use crate::error::{DbError, Reason};
use crate::statement::Protocol;

/// Opens connections for the pool, and looks at them before they are used again.
pub(super) struct Manager {
    inner: deadpool_postgres::Manager,
    address: Address,
    protocol: Arc<Protocol>,
    target: Option<Target>,
}

impl Manager {
    pub(super) fn new(config: Config, address: Address, protocol: Arc<Protocol>) -> Self {
        let target = Target::of(&config);
        // deadpool's own form of the settings loses some of them on the way to the driver.
        let inner = deadpool_postgres::Manager::new(config, NoTls);
        Self { inner, address, protocol, target }
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
            Ok(client) => {
                Ok(Connection::new(client, Arc::clone(&self.protocol), self.target.clone()))
            }
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
