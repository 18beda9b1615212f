//! What to change at a database server, with the server's own evidence: findings, dearest first, each
//! with what was seen, the lines of the source that send the statement, and the SQL that mends it.
//!
//! ```no_run
//! # async fn look(db: &perf_db::Db) -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use perf_core::Recorder;
//! use perf_db::advise::health::{Health, Limits};
//! use perf_db::advise::{Advisor, Checkup};
//!
//! let advisor = Advisor::of(db);
//!
//! // Once, all of it.
//! let diagnosis = Checkup::new().run(&advisor).await?;
//! println!("{diagnosis}");
//!
//! // Again and again, beside the service's own findings.
//! let pause = Duration::from_secs(15 * 60);
//! let _task = Checkup::new().watch(&advisor, Recorder::global(), pause);
//!
//! // One part of it.
//! for finding in Health::load(&advisor).await?.findings(&Limits::default()) {
//!     println!("{finding}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Begin with [`Advisor`], the door to a server, and [`Checkup`], which runs every part on it. The
//! parts are of use alone:
//!
//! | part | begin with |
//! |---|---|
//! | what the server has counted of its statements, and who sends them | [`Advisor::statements`], [`Advisor::workload`] |
//! | the plan of a statement, and what is wrong with it | [`Explain`], [`plan`] |
//! | indexes that should be there | [`candidates`] |
//! | indexes that can go, foreign keys, bloat, statistics | [`Advisor::indexes`] |
//! | settings | [`settings`] |
//! | what waits, is held back or runs out | [`health`] |
//! | answers that could be kept | [`views`] |
//! | the plans of a service's statements in its tests | [`mod@assert`] |
//! | the texts of statements (feature `lint`) | `lint` |
//! | MySQL and MariaDB (feature `mysql`) | `mysql` |
//!
//! - It changes nothing at the server, but for [`Advisor::reset_statements`]. Statements are planned,
//!   and run only where [`Explain::analyze`] asks for it. What it proposes is for a person to judge
//!   and to run.
//! - What cannot be looked at, for lack of an extension, a privilege or a version, is a [`Missing`]
//!   with what would make it possible; the rest is told all the same.
//! - Nothing that it tells holds a value of a statement; the condition of a partial index, which may
//!   stand in the SQL to run, is the schema's own.
//! - Made for PostgreSQL 13 to 18. Behind a pgbouncer in transaction mode it works as well: each look
//!   is one transaction.
//! - Call sites are those of this process. Counters go back to when the server began to count, which
//!   may be long before the code that runs now.
//!
#![doc = include_str!("RULES.md")]

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
mod aggregates;
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
