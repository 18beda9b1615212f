//! What to change at the server, with its own evidence.

/// What stands behind the texts that the advisor sends, so that they can be told from those of
/// services. Not in front: PostgreSQL 18 leaves out what stands there.
pub(crate) const OWN: &str = "/* perf-db advise */";

/// A statement of the advisor's own, marked as such.
macro_rules! own {
    ($($sql:expr),+ $(,)?) => {
        concat!($($sql),+, " /* perf-db advise */")
    };
}

mod advisor;
pub mod assert;
pub mod candidates;
mod checkup;
pub(crate) mod explain;
pub mod health;
mod indexes;
#[cfg(feature = "lint")]
pub mod lint;
mod missing;
#[cfg(feature = "mysql")]
pub mod mysql;
mod plain_strings;
pub mod plan;
mod schema;
mod server;
pub mod settings;
mod sites;
pub mod statements;
pub mod views;
mod workload;

pub use self::advisor::Advisor;
pub use self::checkup::{Checkup, CheckupTask, Diagnosis, PlannedStatement};
pub use self::explain::{BothPlans, Explain, SlowPlan};
pub use self::missing::Missing;
pub use self::schema::{
    Activity, Column, ColumnStatistics, ForeignKey, Index, IndexKey, ReplicaIdentity, Schema,
    Table, TableKind,
};
pub use self::server::Server;
pub use self::statements::{Order, Planning, ServerStatement, Statements};
pub(crate) use self::workload::is_plannable;
pub use self::workload::{Sender, Statement, Workload};
