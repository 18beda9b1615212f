use perf_core::time::Duration;
use serde::Serialize;

use super::missing::Missing;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// The oldest version whose catalog is known here, as the server numbers it: PostgreSQL 13.
const OLDEST: i32 = 130_000;

/// The server that is looked at.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Server {
    /// As it names itself, without its build: `PostgreSQL 15.14`.
    pub version: String,
    /// As the server numbers it: 150014.
    pub version_number: i32,
    /// The database.
    pub database: String,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// How long it has been running.
    #[serde(skip)]
    pub uptime: Duration,
    /// The names of the extensions that this database has.
    pub extensions: Vec<String>,
    /// Whether the user may read what others do: the role `pg_read_all_stats`.
    pub sees_all: bool,
    /// The user, in quotes where that must be.
    #[serde(skip)]
    user: String,
}

impl Server {
    pub(crate) async fn load(look: &Transaction) -> Result<Self, DbError> {
        let facts = own!(
            "select split_part(version(), ' ', 1) || ' ' || split_part(version(), ' ', 2), \
                     current_setting('server_version_num')::int, current_database()::text, \
                     pg_is_in_recovery(), \
                     extract(epoch from now() - pg_postmaster_start_time())::float8, \
                     (select coalesce(array_agg(extname::text order by extname), '{}') \
                      from pg_extension), \
                     pg_has_role(current_user, 'pg_read_all_stats', 'usage'), \
                     quote_ident(current_user)"
        );
        let row = look.query_one(facts, &[]).await?;
        Ok(Self {
            version: row.try_get(0)?,
            version_number: row.try_get(1)?,
            database: row.try_get(2)?,
            is_replica: row.try_get(3)?,
            uptime: Duration::try_from_secs_f64(row.try_get(4)?).unwrap_or_default(),
            extensions: row.try_get(5)?,
            sees_all: row.try_get(6)?,
            user: row.try_get(7)?,
        })
    }

    /// Whether the database has this extension.
    pub fn has(&self, extension: &str) -> bool {
        self.extensions.iter().any(|name| name == extension)
    }

    /// What the server itself keeps from being looked at.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.version_number < OLDEST {
            let why =
                format!("{} is older than PostgreSQL 13, the oldest known here", self.version);
            missing.push(Missing::new("parts of the catalog", why));
        }
        missing.extend(self.unseen());
        missing
    }

    /// What others do, where the user may not see it.
    pub(crate) fn unseen(&self) -> Option<Missing> {
        let what = "statements and sessions of other users";
        let remedy = format!("grant pg_monitor to {}", self.user);
        let missing = Missing::new(what, "the user may not read what other users do");
        (!self.sees_all).then(|| missing.remedy(remedy))
    }
}
