use std::error::Error;
use std::io;

use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint};
use tokio_postgres::Error as PostgresError;
use tokio_postgres::error::SqlState;

use super::cause::Cause;
use crate::address::Address;

/// What stands behind a `DbError`. Each text names what the user can do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Reason {
    #[error(
        "the database address (DATABASE_URL) cannot be read: write it as \
         postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password"
    )]
    Address,
    #[error(
        "the database address (DATABASE_URL) asks for TLS, which perf-db does not speak: \
         set sslmode to prefer or disable"
    )]
    Tls,
    #[error("{0}")]
    Setting(&'static str),
    #[error(
        "no connection became free within {waited:?}, all {max_size} are in use: \
         raise max_size, or end what holds them so long"
    )]
    Exhausted { waited: Duration, max_size: usize },
    #[error("PostgreSQL at {servers} did not answer within {waited:?}: check that it runs")]
    Silent { servers: String, waited: Duration },
    #[error("the pool is closed")]
    Closed,
    #[error("{sentence}")]
    Connect { sentence: String, source: Cause },
    #[error("the statement sent at {call_site} failed: {statement}")]
    Statement { statement: Fingerprint, call_site: CallSite, source: Cause },
    #[error("the statement sent at {call_site} found no row: {statement}")]
    NotFound { statement: Fingerprint, call_site: CallSite },
    #[error("the statement sent at {call_site} found {rows} rows instead of one: {statement}")]
    TooManyRows { statement: Fingerprint, call_site: CallSite, rows: u64 },
    #[error(
        "the statement at {call_site} writes, and a reader only reads: send it to the Db itself: \
         {statement}"
    )]
    WriteOnReader { statement: Fingerprint, call_site: CallSite },
    #[error("{sentence}")]
    Batch { sentence: String },
    #[error("row {row} of the batch cannot be sent: {trouble}")]
    BadRow { row: u64, trouble: String },
    #[error("a column of the answer cannot be read")]
    Column(#[source] Cause),
    #[error("the transaction is over, because a statement of it was given up half-way")]
    Abandoned,
    #[error("the transaction was rolled back, because a statement of it had failed")]
    RolledBack,
}

impl Reason {
    /// The same trouble, said of another row.
    pub(crate) fn in_row(self, row: u64) -> Self {
        match self {
            Self::BadRow { trouble, .. } => Self::BadRow { row, trouble },
            other => other,
        }
    }

    /// No connection to `address` could be opened.
    pub(crate) fn connect(address: &Address, source: PostgresError) -> Self {
        let Address { servers, user, database } = address;
        let code = source.code().map(SqlState::code);
        let sentence = match code {
            Some("3D000") => format!(
                "PostgreSQL at {servers} has no database {database:?}: create it, or correct its \
                 name in the database address (DATABASE_URL)"
            ),
            Some("53300") => format!(
                "PostgreSQL at {servers} has no connection left: lower max_size of its pools, or \
                 raise its max_connections"
            ),
            Some(code) if !code.starts_with("28") => {
                format!("PostgreSQL at {servers} refuses connections for now, with code {code}")
            }
            None if is_io(&source) => format!(
                "PostgreSQL at {servers} cannot be reached: start it, or correct host and port in \
                 the database address (DATABASE_URL)"
            ),
            _ => format!(
                "PostgreSQL at {servers} does not let user {user:?} in: correct user and password \
                 in the database address (DATABASE_URL)"
            ),
        };
        Self::Connect { sentence, source: source.into() }
    }
}

fn is_io(error: &PostgresError) -> bool {
    error.source().is_some_and(|cause| cause.is::<io::Error>())
}
