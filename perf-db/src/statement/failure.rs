use tokio_postgres::Error;

use crate::error;

/// Why an exchange with the server failed.
#[derive(Debug)]
pub enum Failure {
    /// The driver or the server says so.
    Driver(Error),
    /// An earlier statement was given up half-way, and its connection with it.
    Abandoned,
    /// The statement takes another number of parameters. It was not sent.
    Parameters {
        /// How many there are.
        given: usize,
        /// How many the statement takes.
        taken: usize,
    },
}

impl Failure {
    /// Whether the server tried to run the statement, and did not only look at it.
    pub(super) fn is_of_execution(&self) -> bool {
        match self {
            Self::Driver(error) => error.code().is_some() && !error::is_stale_plan(error),
            Self::Abandoned | Self::Parameters { .. } => false,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}
