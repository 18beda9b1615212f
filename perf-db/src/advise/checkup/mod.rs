//! Everything that can be found out about one server, in one go.

mod diagnosis;
mod watch;

pub use self::diagnosis::Diagnosis;
pub use self::watch::CheckupTask;
use super::advisor::Advisor;
use super::missing::Missing;
use super::server::Server;
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
}

impl Default for Checkup {
    fn default() -> Self {
        Self { statements: 200 }
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

    /// Runs it. What cannot be looked at is listed, and the rest is reported all the same.
    ///
    /// # Errors
    /// When the server cannot be reached.
    ///
    /// # Cancel safety
    /// Dropping the future stops at the server what runs there; nothing is left behind.
    pub async fn run(&self, advisor: &Advisor) -> Result<Diagnosis, DbError> {
        advisor.apart(self.run_apart(advisor)).await
    }

    async fn run_apart(&self, advisor: &Advisor) -> Result<Diagnosis, DbError> {
        let server = Server::load(&advisor.look().await?).await?;
        let mut diagnosis = Diagnosis::of(server);
        diagnosis.missing.extend(diagnosis.server.missing());
        diagnosis.rank();
        Ok(diagnosis)
    }
}
