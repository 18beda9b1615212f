use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::units;

use super::load::{count, seconds};
use crate::advise::OWN;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// The connections of clients to a server.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Connections {
    /// How many there are.
    pub used: u64,
    /// How many there may be, without those that are kept for superusers and other special users.
    pub most: u64,
    /// How many are in a transaction and do nothing.
    pub idle_in_transaction: u64,
    /// How old they are on the average; `None` where the user may not see it.
    pub mean_age: Option<Duration>,
    /// How long the server has run.
    pub server_age: Duration,
    /// Those with the most connections.
    pub applications: Vec<ApplicationConnections>,
}

/// The connections of clients that call themselves the same.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ApplicationConnections {
    /// What they call themselves; empty for those that do not.
    pub application: String,
    /// How many there are.
    pub used: u64,
    /// How many are in a transaction and do nothing.
    pub idle_in_transaction: u64,
}

/// Shares of all connections (postgresqltuner).
const MANY: f64 = 0.7;
const NEARLY_ALL: f64 = 0.9;

/// Mean ages of connections: below these a pool is missing (postgresqltuner).
const YOUNG: Duration = Duration::from_secs(600);
const VERY_YOUNG: Duration = Duration::from_secs(60);

/// Fewer connections, or a younger server, say nothing about their age. Own choice.
const LEAST_CONNECTIONS: u64 = 10;
const LEAST_SERVER_AGE: Duration = Duration::from_secs(3_600);

/// Other users' rows have no `backend_type` for who may not see them.
const CLIENTS: &str = "\
    from pg_catalog.pg_stat_activity \
    where coalesce(backend_type, 'client backend') = 'client backend' \
        and usesysid is not null and datid is not null and pid <> pg_backend_pid()";

pub(super) async fn read(look: &Transaction) -> Result<Connections, DbError> {
    let sql = format!(
        "select count(*) as used, \
             count(*) filter (where state like 'idle in transaction%') as idle_in_transaction, \
             extract(epoch from avg(clock_timestamp() - backend_start))::float8 as mean_age, \
             extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 as server_age, \
             current_setting('max_connections')::bigint \
                 - current_setting('superuser_reserved_connections')::bigint \
                 - coalesce(current_setting('reserved_connections', true)::bigint, 0) as most {CLIENTS} {OWN}"
    );
    let row = look.query_one(sql, &[]).await?;
    let mut connections = Connections {
        used: count(&row, "used")?,
        most: count(&row, "most")?,
        idle_in_transaction: count(&row, "idle_in_transaction")?,
        mean_age: seconds(&row, "mean_age")?,
        server_age: seconds(&row, "server_age")?.unwrap_or_default(),
        applications: Vec::new(),
    };
    let sql = format!(
        "select coalesce(application_name, '') as application, count(*) as used, \
             count(*) filter (where state like 'idle in transaction%') as idle_in_transaction \
         {CLIENTS} group by 1 order by 2 desc, 1 limit 5 {OWN}"
    );
    for row in look.query(sql, &[]).await? {
        connections.applications.push(ApplicationConnections {
            application: row.try_get("application")?,
            used: count(&row, "used")?,
            idle_in_transaction: count(&row, "idle_in_transaction")?,
        });
    }
    Ok(connections)
}

impl Connections {
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        [self.near_the_limit(), self.short_lived()].into_iter().flatten()
    }

    fn near_the_limit(&self) -> Option<Finding> {
        let share = self.used as f64 / self.most.max(1) as f64;
        let severity = match share {
            share if share >= NEARLY_ALL => Severity::Critical,
            share if share >= MANY => Severity::Warning,
            _ => return None,
        };
        let finding = Finding::new(FindingKind::Connections, "used", "the server's connections")
            .severity(severity)
            .evidence("in use", format!("{} of {}", self.used, self.most))
            .evidence("share", units::percent(share))
            .evidence("idle in a transaction", units::count(self.idle_in_transaction))
            .evidence("by application", self.by_application());
        Some(finding.advice(
            "make the pools of these applications smaller, or put a pooler in transaction mode in \
             front; twice the server's cores is enough for all together",
        ))
    }

    fn short_lived(&self) -> Option<Finding> {
        let age = self.mean_age?;
        if self.used < LEAST_CONNECTIONS || self.server_age < LEAST_SERVER_AGE || age >= YOUNG {
            return None;
        }
        let is_bad = age < VERY_YOUNG;
        let finding = Finding::new(FindingKind::Connections, "age", "the server's connections")
            .severity(if is_bad { Severity::Warning } else { Severity::Info })
            .evidence("mean age", units::duration(age))
            .evidence("in use", units::count(self.used))
            .evidence("by application", self.by_application());
        Some(finding.advice(
            "keep connections in a pool: each one that is opened costs the server a new process",
        ))
    }

    fn by_application(&self) -> String {
        let words = self.applications.iter().map(|application| {
            let name = match &*application.application {
                "" => "without a name",
                name => name,
            };
            format!("{name} {}", application.used)
        });
        words.collect::<Vec<_>>().join(", ")
    }
}
