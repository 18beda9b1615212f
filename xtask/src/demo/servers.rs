use testbed::{Postgres, PostgresReplicas, Redis};

use super::Options;
use super::shop::Addresses;
use crate::failure::Failure;

/// The private servers that the shop runs on.
#[derive(Debug)]
pub(crate) struct Servers {
    database: Database,
    redis: Option<Redis>,
}

#[derive(Debug)]
enum Database {
    Single(Postgres),
    Replicated(PostgresReplicas),
}

impl Servers {
    pub(crate) fn start(options: &Options) -> Result<Self, Failure> {
        let replicas = match options.replicas {
            0 => String::new(),
            1 => " with a replica".to_owned(),
            many => format!(" with {many} replicas"),
        };
        let redis = if options.redis { " and Redis" } else { "" };
        eprintln!("==> starting PostgreSQL{replicas}{redis}");
        let database = match options.replicas {
            0 => Database::Single(Postgres::start()?),
            many => Database::Replicated(PostgresReplicas::start(many)?),
        };
        let redis = if options.redis { Some(Redis::start()?) } else { None };
        Ok(Self { database, redis })
    }

    pub(crate) fn addresses(&self) -> Addresses {
        let (postgres, replicas) = match &self.database {
            Database::Single(postgres) => (postgres.url(), Vec::new()),
            Database::Replicated(servers) => {
                let replicas = (0..servers.replicas()).map(|index| servers.replica(index).url());
                (servers.primary().url(), replicas.collect())
            }
        };
        Addresses { postgres, replicas, redis: self.redis.as_ref().map(Redis::url) }
    }

    /// Waits until the replicas have what was written.
    pub(crate) fn caught_up(&self) -> Result<(), Failure> {
        match &self.database {
            Database::Single(_) => Ok(()),
            Database::Replicated(servers) => Ok(servers.caught_up()?),
        }
    }
}
