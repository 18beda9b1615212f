//! Everything that can be found out about one server, in one go.

mod course;
mod diagnosis;
mod watch;

use perf_core::time::Duration;

use self::course::Course;
pub use self::diagnosis::{Diagnosis, PlannedStatement};
pub use self::watch::CheckupTask;
use super::health::Limits;
use super::indexes::ENOUGH;
use super::settings::Machine;
use super::{Advisor, Missing, Server};
use crate::error::DbError;

/// Looks at all of a server: statements, plans, indexes, settings, health.
///
/// ```no_run
/// # async fn check() -> Result<(), perf_db::DbError> {
/// use perf_db::advise::{Advisor, Checkup};
///
/// let advisor = Advisor::connect("postgres://shop@localhost/shop").await?;
/// let diagnosis = Checkup::new().run(&advisor).await?;
/// println!("{diagnosis}");
/// # Ok(())
/// # }
/// ```
///
/// Safe on a server that is in use: it only reads, takes one connection at a time, and every
/// statement is limited in time.
#[derive(Clone, Debug)]
#[must_use = "a checkup does nothing until it is run"]
pub struct Checkup {
    statements: usize,
    machine: Option<Machine>,
    limits: Limits,
    counted_for: Duration,
    replicas: Vec<Advisor>,
}

impl Default for Checkup {
    fn default() -> Self {
        Self {
            statements: 200,
            machine: None,
            limits: Limits::default(),
            counted_for: ENOUGH,
            replicas: Vec::new(),
        }
    }
}

impl Checkup {
    /// With the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many statements are planned, those that take the most time. Defaults to 200.
    pub fn statements(mut self, statements: usize) -> Self {
        self.statements = statements;
        self
    }

    /// The machine that the server runs on, for the settings that suit it. Defaults to one of which
    /// nothing is known.
    pub fn machine(mut self, machine: Machine) -> Self {
        self.machine = Some(machine);
        self
    }

    /// From when on something that waits or lags is a finding. Defaults to [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long a server must have counted who reads an index before one is proposed to be dropped.
    /// Defaults to 7 days.
    pub fn counted_for(mut self, at_least: Duration) -> Self {
        self.counted_for = at_least;
        self
    }

    /// A replica of the server, which has counters of its own: without them no index is called
    /// unused. Defaults to none.
    pub fn replica(mut self, replica: &Advisor) -> Self {
        self.replicas.push(replica.clone());
        self
    }

    /// Runs it. What cannot be looked at is listed, and the rest is reported all the same.
    ///
    /// # Errors
    /// When the server cannot be reached, in the beginning or in the end.
    ///
    /// # Cancel safety
    /// Dropping the future stops at the server what runs there; nothing is left behind.
    ///
    /// # Cost
    /// Mostly plans: of each statement one to show, one for each index that could go, and those of
    /// [`IndexSearch`](super::candidates::IndexSearch), which ends after half a minute.
    pub async fn run(&self, advisor: &Advisor) -> Result<Diagnosis, DbError> {
        Course::begin(self, advisor).await?.run().await
    }
}
