//! What to change at the server, with its own evidence.

/// What stands behind the texts that the advisor sends, so that they can be told from those of
/// services. Not in front: PostgreSQL 18 leaves out what stands there.
pub(crate) const OWN: &str = "/* perf-db advise */";

mod advisor;
pub mod candidates;
pub mod assert;
pub(crate) mod explain;
mod missing;
pub mod plan;
mod schema;
mod workload;

pub use self::advisor::Advisor;
pub use self::explain::{BothPlans, Explain, SlowPlan};
pub use self::missing::Missing;
pub use self::schema::{
    Activity, Column, ColumnStatistics, ForeignKey, Index, IndexKey, ReplicaIdentity, Schema,
    Table, TableKind,
};
pub use self::workload::{Sender, Statement, Workload};
