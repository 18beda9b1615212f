#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod builder;
mod db;
mod error;
mod pool;
mod sql;
mod statement;
mod transaction;

pub use builder::DbBuilder;
pub use db::Db;
pub use error::{DbError, DbErrorKind};
pub use sql::Sql;
pub use tokio_postgres as postgres;
pub use tokio_postgres::{Row, types::ToSql};
pub use transaction::Transaction;
