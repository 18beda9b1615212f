use std::error::Error;
use std::io;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint};
use tokio_postgres::Error as PostgresError;
use tokio_postgres::error::SqlState;

use super::DbError;
use super::cause::Cause;
use crate::address::Address;
#[cfg(feature = "mysql")]
use crate::advise::mysql::MysqlCause;
use crate::pool::Holders;

/// What stands behind a `DbError`. Each text names what the user can do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Reason {
    #[error(
        "the database address (DATABASE_URL) cannot be read: write it as \
         postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password"
    )]
    Address,
    #[cfg(feature = "mysql")]
    #[error(
        "the address of the MySQL or MariaDB cannot be read: write it as \
         mysql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password"
    )]
    MysqlAddress,
    #[cfg(feature = "mysql")]
    #[error(
        "the address of the MySQL or MariaDB asks for TLS: turn on the feature tls of perf-db, or \
         leave out require_ssl and sslrootcert"
    )]
    MysqlTls,
    #[cfg(feature = "mysql")]
    #[error("no connection to the MySQL or MariaDB at {server} as user {user:?}")]
    MysqlConnect { server: String, user: String, source: MysqlCause },
    #[cfg(feature = "mysql")]
    #[error("the connection to the MySQL or MariaDB broke while it was looked at")]
    MysqlLost { source: MysqlCause },
    #[cfg(feature = "mysql")]
    #[error(
        "the MySQL or MariaDB refuses what a safe look begins with, with {code}: it is too old, or \
         something stands between that does not let it through"
    )]
    MysqlRefused { code: u16 },
    #[cfg_attr(feature = "tls", expect(dead_code, reason = "there is TLS"))]
    #[error(
        "the database address (DATABASE_URL) asks for TLS: turn on the feature tls of perf-db, or \
         set sslmode to prefer or disable"
    )]
    Tls,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "there is no TLS"))]
    #[error(
        "the certificate of the authority to trust (sslrootcert, DbBuilder::tls_root) cannot be \
         read: give it as PEM"
    )]
    Authority,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "there is no TLS"))]
    #[error(
        "this system has no certificate authorities: install them (ca-certificates), or name the \
         one to trust by sslrootcert or DbBuilder::tls_root"
    )]
    NoAuthority,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "there is no TLS"))]
    #[error(
        "an authority to trust (sslrootcert, DbBuilder::tls_root) is of no use with \
         sslmode=disable: take one of them away"
    )]
    UnusedAuthority,
    #[error("{0}")]
    Setting(&'static str),
    #[error("{name:?} is no name of a table or column: give it one")]
    Name { name: String },
    #[error(
        "no connection became free within {waited:?}, all {max_size} are in use: \
         raise max_size, or end what holds them so long{holders}"
    )]
    Exhausted { waited: Duration, max_size: usize, holders: Holders },
    #[error("PostgreSQL at {servers} did not answer within {waited:?}: check that it runs")]
    Silent { servers: String, waited: Duration },
    #[error("the pool is closed")]
    Closed,
    #[error("{sentence}")]
    Connect { sentence: String, source: Cause },
    #[error("the statement sent at {call_site} failed: {statement}")]
    Statement { statement: Fingerprint, call_site: CallSite, source: Cause },
    #[error(
        "the statement sent at {call_site} has a text with a NUL character, or one that is not \
         UTF-8, which PostgreSQL cannot hold: take it out: {statement}"
    )]
    Encoding { statement: Fingerprint, call_site: CallSite, source: Cause },
    #[error(
        "the statement at {call_site} has {given} parameters and PostgreSQL takes at most 65535: \
         pass lists as one array each, as in `= any($1)` or `unnest($1)`: {statement}"
    )]
    TooMany { statement: Fingerprint, call_site: CallSite, given: usize },
    #[error(
        "the statement at {call_site} takes {taken} parameters and was given {given}: {statement}"
    )]
    Parameters { statement: Fingerprint, call_site: CallSite, given: usize, taken: usize },
    #[error(
        "the SQL of the statement at {call_site} has a NUL character, which PostgreSQL cannot read: \
         pass values as parameters"
    )]
    Nul { call_site: CallSite },
    #[error(
        "the statement at {call_site} begins or ends a transaction by its text: call transaction(), \
         and commit() or rollback() on what it gives, or send it to a session: {statement}"
    )]
    Control { statement: Fingerprint, call_site: CallSite },
    #[error(
        "the connection broke while the commit sent at {call_site} was on its way: look whether the \
         changes are there before you repeat them"
    )]
    CommitUnknown { call_site: CallSite, source: Cause },
    #[error(
        "the work of transaction_with_retry has kept its transaction, so it was rolled back: let \
         nothing that outlives the work hold a clone of it"
    )]
    Kept,
    #[error("the statement sent at {call_site} found no row: {statement}")]
    NotFound { statement: Fingerprint, call_site: CallSite },
    #[error("the statement sent at {call_site} found {rows} rows instead of one: {statement}")]
    TooManyRows { statement: Fingerprint, call_site: CallSite, rows: u64 },
    #[error(
        "the statement at {call_site} writes, and a reader only reads: send it to the Db itself: \
         {statement}"
    )]
    WriteOnReader { statement: Fingerprint, call_site: CallSite },
    #[error(
        "no replica answers, and without_replica(WithoutReplica::Fail) keeps reads off the primary"
    )]
    NoReplica,
    #[error(
        "no replica is known to lag less than {max_lag:?}, and without_replica(WithoutReplica::Fail) \
         keeps reads off the primary: raise max_lag, or find what holds the replicas back"
    )]
    LateReplicas { max_lag: Duration },
    #[error(
        "no server of this database took writes within {waited:?}: start the primary, or promote a \
         replica"
    )]
    NoPrimary { waited: Duration },
    #[error("a server does not say how far it has come")]
    Measure(#[source] Cause),
    #[error("a write mark reads like 0/16B3748: pass on what the mark's own text was")]
    WriteMark,
    #[error(
        "the write mark was changed, or made by an instance with another secret: give all \
         instances the same DbBuilder::secret"
    )]
    SealedMark,
    #[error("a page of {size} rows cannot be had: ask for 1 to {max}")]
    PageSize { size: i64, max: u32 },
    #[error("there is no page {page}: pages are counted from 1")]
    PageNumber { page: i64 },
    #[error(
        "the cursor was changed or cut off, or made by an instance with another secret: begin with \
         the first page, and give all instances the same DbBuilder::secret"
    )]
    Cursor,
    #[error(
        "the cursor belongs to another query, another order or columns of another type: begin with \
         the first page"
    )]
    ForeignCursor,
    #[error(
        "the column {column} is NULL in a row of a page: take not_null() from it, or end the order \
         with a column that never is"
    )]
    NullKey { column: String },
    #[error(
        "two rows of a page have the same {columns}, so that one at its border would be lost: end \
         the order with a unique column"
    )]
    SameKey { columns: String },
    #[error("the keys of a row are longer than a cursor holds: order by a shorter column")]
    LongKey,
    #[error("the lookups failed together, because their statement could not be run to its end")]
    Loader,
    #[error(transparent)]
    Shared(Arc<DbError>),
    #[error("the answer has no column {column}; its columns are {columns}")]
    NoColumn { column: String, columns: String },
    #[error("{sentence}")]
    Batch { sentence: String },
    #[error("row {row} of the batch cannot be sent: {trouble}")]
    BadRow { row: u64, trouble: String },
    #[error("a column of the answer cannot be read")]
    Column(#[source] Cause),
    #[error("the transaction or session is over, because a statement of it was given up half-way")]
    Abandoned,
    #[error("the transaction was rolled back, because a statement of it had failed")]
    RolledBack,
    #[cfg(feature = "advise")]
    #[error("the statement at {call_site} is not explained: {refusal}: {statement}")]
    Unexplainable {
        statement: Fingerprint,
        call_site: CallSite,
        refusal: crate::advise::explain::Refusal,
    },
    #[cfg(feature = "advise")]
    #[error("{sentence}")]
    Statistics { sentence: &'static str },
    #[cfg(feature = "advise")]
    #[error("PostgreSQL has answered an explain with something that is not read as a plan")]
    NoPlan(#[source] crate::advise::plan::PlanError),
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
            None if is_tls(&source) => format!(
                "PostgreSQL at {servers} offers no TLS that is trusted: name the authority of its \
                 certificate by sslrootcert or DbBuilder::tls_root, or correct the host in the \
                 database address (DATABASE_URL) to a name in the certificate"
            ),
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

fn is_tls(error: &PostgresError) -> bool {
    // The driver tells these from others by nothing else.
    error.to_string().starts_with("error performing TLS handshake")
}
