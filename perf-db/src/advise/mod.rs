//! What to change at the server, with its own evidence.

mod advisor;
pub(crate) mod explain;
mod indexes;
mod missing;
pub mod plan;
mod schema;
mod workload;

pub use self::advisor::Advisor;
pub use self::explain::{BothPlans, Explain};
pub use self::missing::Missing;
pub use self::schema::{
    Activity, Column, ColumnStatistics, ForeignKey, Index, IndexKey, ReplicaIdentity, Schema,
    Table, TableKind,
};
pub use self::workload::{Sender, Statement, Workload};
