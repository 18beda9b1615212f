//! How many connections the server has, how many are taken, and by how many instances.

use deadpool::managed::{Pool, Timeouts};
use perf_core::CallSite;
use perf_core::recorder::{ServerConnections, TellConnections};
use perf_core::sync::Mutex;
use perf_core::time::{self, Duration, Instant};
use tokio::time::timeout;

use super::Lease;
use super::manager::Manager;
use crate::error::{DbError, Reason};
use crate::row::Row;

/// What changes when somebody deploys need not be asked often.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

const PATIENCE: Duration = Duration::from_secs(2);

/// Instances behind one address with one name count as one: what else tells them apart, the server
/// does not know.
const QUESTION: &str = "select current_setting('max_connections')::int8, \
    current_setting('superuser_reserved_connections')::int8 \
        + coalesce(current_setting('reserved_connections', true)::int8, 0), \
    count(*), \
    count(distinct (client_addr, application_name)) \
        filter (where usename = current_user and datname = current_database()) \
    from pg_stat_activity where backend_type = 'client backend'";

/// What the server last said.
#[derive(Debug, Default)]
pub(super) struct Census {
    answer: Mutex<Option<ServerConnections>>,
    asked: Mutex<Option<Instant>>,
}

impl TellConnections for Census {
    fn connections(&self) -> Option<ServerConnections> {
        *self.answer.lock()
    }
}

impl Census {
    /// Asks, when it is time and a connection is free.
    pub(super) async fn take(&self, pool: &Pool<Manager>) {
        let now = time::now();
        if self.asked.lock().is_some_and(|asked| now - asked < INTERVAL) {
            return;
        }
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..Timeouts::default() };
        let question = async {
            let object = pool.timeout_get(&at_once).await.ok()?;
            let lease = Lease::new(object, CallSite::here(), time::now());
            ask(&lease).await.ok()
        };
        if let Ok(Some(answer)) = timeout(PATIENCE, question).await {
            *self.answer.lock() = Some(answer);
            *self.asked.lock() = Some(now);
        }
    }
}

async fn ask(lease: &Lease) -> Result<ServerConnections, DbError> {
    let row = lease.ask(lease.connection()?.client().query_typed_one(QUESTION, &[])).await;
    let row = Row::new(row.map_err(|source| Reason::Measure(source.into()))?);
    let number = |column: usize| -> Result<u64, DbError> {
        Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or_default())
    };
    let connections = ServerConnections::new(number(0)?, number(1)?, number(2)?);
    Ok(connections.instances(number(3)?.max(1)))
}
