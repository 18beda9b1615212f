//! The settings that suit a machine, and those of a live server against them.
//!
//! ```
//! use perf_db::advise::settings::{Machine, Purpose, Recommended};
//!
//! let machine = Machine::builder(16 << 30, 4).purpose(Purpose::Oltp).version(15).build()?;
//! let recommended = Recommended::of(&machine);
//! assert_eq!(recommended.find("shared_buffers").unwrap().value.to_string(), "4GB");
//! assert!(recommended.postgresql_conf().starts_with("max_connections = 300 # "));
//! assert!(recommended.alter_system().contains("alter system set work_mem = '13797kB';"));
//! # Ok::<(), perf_db::DbError>(())
//! ```
//!
//! Memory and cores cannot be asked over SQL. Without a [`Machine`] a server is checked only for what
//! is wrong on every machine.

mod change;
mod checks;
mod load;
mod machine;
mod quantity;
mod recommended;
mod rules;
mod server;

use perf_core::Finding;

pub use self::machine::{Machine, MachineBuilder, Platform, Purpose, Storage};
pub use self::quantity::Quantity;
pub use self::recommended::{Recommendation, Recommended, Value};
pub use self::server::{Checkpoints, Context, ServerSettings, Setting};
use super::Advisor;
use crate::error::DbError;

impl ServerSettings {
    /// Asks the server.
    ///
    /// # Errors
    /// When the server is not reached. What it does not show is in [`missing`](Self::missing).
    ///
    /// # Cancel safety
    /// Dropping the future asks no further.
    pub async fn load(advisor: &Advisor) -> Result<Self, DbError> {
        load::load(advisor).await
    }

    /// What is wrong with them: on any machine, and on this one.
    pub fn findings(&self, machine: Option<&Machine>) -> Vec<Finding> {
        checks::findings(self, machine)
    }
}
