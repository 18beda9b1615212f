//! What to change at the server, with its own evidence.

mod advisor;
mod checkup;
mod missing;
mod schema;
mod server;
mod workload;

pub use self::advisor::Advisor;
pub use self::checkup::{Checkup, CheckupTask, Diagnosis};
pub use self::missing::Missing;
pub use self::schema::{
    Activity, Column, ColumnStatistics, ForeignKey, Index, IndexKey, ReplicaIdentity, Schema,
    Table, TableKind,
};
pub use self::server::Server;
pub use self::workload::{Sender, Statement, Workload};
