#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
pub mod browser;
mod database;
mod error;
mod fault_proxy;
mod folder;
mod ledger;
pub mod locate;
mod mariadb;
mod pgbouncer;
mod port;
mod postgres;
mod postgres_replicas;
mod promtool;
mod psql;
mod redis;
mod redis_cluster;
mod redis_sentinel;
mod redis_space;
mod replication;
mod reply;
mod resp;
mod server;
mod settle;
mod shared;
mod supervisor;
mod tls;

pub use self::browser::{AXE_VARIABLE, Browser, ColorScheme};
pub use self::database::Database;
pub use self::error::Error;
pub use self::fault_proxy::FaultProxy;
pub use self::ledger::LEDGER_VARIABLE;
pub use self::mariadb::{MariaDatabase, MariaDb};
pub use self::pgbouncer::Pgbouncer;
pub use self::postgres::Postgres;
pub use self::postgres_replicas::{PostgresNode, PostgresReplicas};
pub use self::promtool::promtool_check_metrics;
pub use self::redis::Redis;
pub use self::redis_cluster::RedisCluster;
pub use self::redis_sentinel::RedisSentinel;
pub use self::redis_space::RedisSpace;
pub use self::reply::Reply;
pub use self::shared::{
    MARIADB_VARIABLE, POSTGRES_VARIABLE, REDIS_VARIABLE, database, mariadb, redis,
};
pub use self::tls::Authority;
