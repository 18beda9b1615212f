//! What to change at the server, with its own evidence.

mod advisor;
mod missing;
#[cfg(feature = "mysql")]
pub mod mysql;
mod schema;
mod workload;

pub use self::advisor::Advisor;
pub use self::missing::Missing;
pub use self::schema::{
    Activity, Column, ColumnStatistics, ForeignKey, Index, IndexKey, ReplicaIdentity, Schema,
    Table, TableKind,
};
pub use self::workload::{Sender, Statement, Workload};
