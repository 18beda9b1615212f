#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
#[cfg(feature = "advise")]
pub mod advise;
pub mod batch;
mod builder;
mod db;
mod error;
mod executor;
mod identifier;
mod loader;
mod page;
mod pool;
mod reader;
mod retry;
mod router;
mod row;
mod seal;
mod session;
mod sql;
#[cfg(feature = "sqlx")]
pub mod sqlx;
mod statement;
mod tls;
mod transaction;
mod view;
mod writer;

pub use builder::DbBuilder;
pub use db::Db;
pub use error::{DbError, DbErrorKind};
pub use executor::{Executor, Pending};
pub use loader::{LoadFrom, Loader};
pub use page::{Count, Key, Keyset, NumberedPage, Offset, Page, Total, asc, desc};
pub use pool::{Holder, HolderState};
pub use reader::Reader;
pub use retry::Retry;
pub use router::{WithoutReplica, WriteMark};
pub use row::{ColumnIndex, Row};
pub use session::Session;
pub use sql::Sql;
pub use statement::{Prepared, Rows};
pub use tokio_postgres as postgres;
pub use tokio_postgres::types::ToSql;
pub use transaction::Transaction;
pub use view::{MaterializedView, Refresh, ViewKeeper, ViewStatus};
pub use writer::Writer;
