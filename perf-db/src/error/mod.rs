//! What can go wrong: [`DbError`] for the caller, its reasons, and PostgreSQL's classes of trouble.

mod cause;
mod class;
mod reason;

pub(crate) use cause::Cause;
use class::{is_broken, is_conflict, is_statement_timeout};
pub(crate) use class::{is_fatal, is_of_value, is_stale_plan};
pub(crate) use reason::Reason;
use tokio_postgres::error::SqlState;

/// Why a call to the database failed.
///
/// The text says what this crate knows, the [source](std::error::Error::source) what PostgreSQL or
/// the system said: PostgreSQL's code and the names of constraint, column and table, not its message,
/// which may quote values. No text and no `Debug` form of the whole chain holds a password, a
/// parameter or a literal; [`postgres`](Self::postgres) gives the full message to whoever asks.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DbError(Box<Reason>);

/// The sorts of [`DbError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DbErrorKind {
    /// The address or a setting is wrong: no connection was tried.
    Settings,
    /// No connection became free, or the server did not answer, within the acquire timeout; or the
    /// server ended the statement at its `statement_timeout` or `lock_timeout`, or the session for
    /// having done nothing.
    Timeout,
    /// No connection could be opened, or the one in use broke.
    Connection,
    /// The pool was closed by [`Db::close`](crate::Db::close).
    Closed,
    /// Another transaction was in the way: they waited for each other (40P01), or could not both be
    /// as if they had run one after the other (40001). The same transaction may succeed now.
    Conflict,
    /// A row breaks a constraint: a unique or foreign key, a check, a column that must not be null
    /// (class 23). [`DbError::constraint`] names it.
    Constraint,
    /// Somebody cancelled the statement on the server: an operator or another program. A caller that
    /// drops its own future hears nothing.
    Cancelled,
    /// PostgreSQL refused the statement for another reason; [`DbError::code`] says which.
    Statement,
    /// The parameters do not fit the statement, or the answer could not be read.
    Parameters,
    /// A statement that writes was sent to a reader; it has not left the process.
    ReadOnly,
    /// A statement that begins or ends a transaction by its text was sent to something that has
    /// methods for that, or would hand the open transaction to the next user of the connection; it
    /// has not left the process.
    Misplaced,
    /// The connection broke during a commit: its changes last, or they do not.
    UnknownCommit,
    /// No replica will do, and the settings keep reads off the primary.
    NoReplica,
    /// A cursor or a write mark is not one that this service made.
    Forged,
    /// A page was asked for by a number or size that is out of bounds.
    Page,
    /// One row was asked for and there was none.
    NotFound,
    /// At most one row was asked for and there were more.
    TooManyRows,
    /// An earlier statement of the transaction or session was given up half-way, so its connection is
    /// gone; or
    /// the statement for several lookups was.
    Abandoned,
    /// A commit was asked for after a statement of the transaction had failed.
    RolledBack,
    /// A statement has no plan that could be shown, or would have to be run for it and may do more
    /// than read; it was not run.
    Unexplainable,
}

impl DbError {
    /// What sort of trouble it is.
    pub fn kind(&self) -> DbErrorKind {
        match &*self.0 {
            Reason::Address | Reason::Setting(_) | Reason::Name { .. } => DbErrorKind::Settings,
            Reason::Authority | Reason::NoAuthority | Reason::UnusedAuthority | Reason::Tls => {
                DbErrorKind::Settings
            }
            #[cfg(feature = "mysql")]
            Reason::MysqlAddress | Reason::MysqlTls => DbErrorKind::Settings,
            #[cfg(feature = "mysql")]
            Reason::MysqlConnect { .. } | Reason::MysqlLost { .. } => DbErrorKind::Connection,
            #[cfg(feature = "mysql")]
            Reason::MysqlRefused { .. } => DbErrorKind::Statement,
            Reason::Exhausted { .. } | Reason::Silent { .. } => DbErrorKind::Timeout,
            Reason::Connect { .. } => DbErrorKind::Connection,
            Reason::Closed => DbErrorKind::Closed,
            Reason::Statement { source, .. } => kind_of(&source.0),
            Reason::Encoding { .. } | Reason::TooMany { .. } => DbErrorKind::Parameters,
            Reason::Parameters { .. } | Reason::Nul { .. } => DbErrorKind::Parameters,
            Reason::Control { .. } | Reason::Kept => DbErrorKind::Misplaced,
            Reason::CommitUnknown { .. } => DbErrorKind::UnknownCommit,
            Reason::WriteOnReader { .. } => DbErrorKind::ReadOnly,
            Reason::NoReplica | Reason::LateReplicas { .. } => DbErrorKind::NoReplica,
            Reason::NoPrimary { .. } => DbErrorKind::Timeout,
            Reason::WriteMark | Reason::SealedMark => DbErrorKind::Forged,
            Reason::Cursor | Reason::ForeignCursor => DbErrorKind::Forged,
            Reason::PageSize { .. } | Reason::PageNumber { .. } => DbErrorKind::Page,
            Reason::NullKey { .. } | Reason::SameKey { .. } | Reason::LongKey => {
                DbErrorKind::Parameters
            }
            Reason::Loader => DbErrorKind::Abandoned,
            Reason::Shared(error) => error.kind(),
            Reason::Measure(source) if is_broken(&source.0) => DbErrorKind::Connection,
            Reason::Measure(_) => DbErrorKind::Statement,
            Reason::NoColumn { .. } | Reason::Column(_) | Reason::BadRow { .. } => {
                DbErrorKind::Parameters
            }
            Reason::Batch { .. } => DbErrorKind::Settings,
            Reason::NotFound { .. } => DbErrorKind::NotFound,
            Reason::TooManyRows { .. } => DbErrorKind::TooManyRows,
            Reason::Abandoned => DbErrorKind::Abandoned,
            Reason::RolledBack => DbErrorKind::RolledBack,
            #[cfg(feature = "advise")]
            Reason::Unexplainable { .. } => DbErrorKind::Unexplainable,
            #[cfg(feature = "advise")]
            Reason::Statistics { .. } => DbErrorKind::Settings,
            #[cfg(feature = "advise")]
            Reason::NoPlan(_) => DbErrorKind::Statement,
        }
    }

    /// PostgreSQL's five-character code, where it refused the connection or the statement
    /// (PostgreSQL manual, appendix A).
    pub fn code(&self) -> Option<&str> {
        self.postgres()?.code().map(SqlState::code)
    }

    /// What the driver and PostgreSQL said, in full: its message and its details may quote values.
    pub fn postgres(&self) -> Option<&tokio_postgres::Error> {
        match &*self.0 {
            Reason::Connect { source, .. }
            | Reason::Statement { source, .. }
            | Reason::Encoding { source, .. }
            | Reason::CommitUnknown { source, .. }
            | Reason::Column(source) => Some(&source.0),
            Reason::Shared(error) => error.postgres(),
            _ => None,
        }
    }

    /// What it means when it ended a commit.
    pub(crate) fn of_commit(self) -> Self {
        match *self.0 {
            Reason::Statement { call_site, source, .. } if is_broken(&source.0) => {
                Reason::CommitUnknown { call_site, source }.into()
            }
            reason => reason.into(),
        }
    }

    /// The name of the constraint that a row breaks.
    pub fn constraint(&self) -> Option<&str> {
        self.postgres()?.as_db_error()?.constraint()
    }

    /// Whether the same transaction, begun anew, may well succeed: another one was in the way, the
    /// connection was lost, the primary has changed, or a migration overtook a prepared statement.
    ///
    /// Not so after an unknown commit, and not after a timeout, which to repeat makes things worse.
    /// Whether a lone statement outside a transaction was done when its connection was lost is not
    /// known either: repeat it only where doing it twice does no harm.
    /// [`transaction_with_retry`](crate::Db::transaction_with_retry) repeats.
    pub fn is_retryable(&self) -> bool {
        let is_stale = |source: &Cause| is_stale_plan(&source.0);
        match &*self.0 {
            // A wrong password or database will not become right.
            Reason::Connect { source, .. } => source.0.code().is_none_or(|code| {
                !code.code().starts_with("28") && *code != SqlState::INVALID_CATALOG_NAME
            }),
            Reason::Statement { source, .. } if is_stale(source) => true,
            _ => self.is_conflict() || self.is_connection() || self.is_failover(),
        }
    }

    /// Whether another transaction was in the way.
    pub fn is_conflict(&self) -> bool {
        self.kind() == DbErrorKind::Conflict
    }

    /// Whether a row breaks a constraint.
    pub fn is_constraint(&self) -> bool {
        self.kind() == DbErrorKind::Constraint
    }

    /// Whether somebody cancelled the statement on the server.
    pub fn is_cancelled(&self) -> bool {
        self.kind() == DbErrorKind::Cancelled
    }

    /// Whether something took longer than a limit allows, here or in the server.
    pub fn is_timeout(&self) -> bool {
        self.kind() == DbErrorKind::Timeout
    }

    /// Whether the connection could not be opened or broke.
    pub fn is_connection(&self) -> bool {
        self.kind() == DbErrorKind::Connection
    }

    /// Whether the server takes no writes: it has become, or always was, a replica.
    pub fn is_failover(&self) -> bool {
        self.code() == Some(SqlState::READ_ONLY_SQL_TRANSACTION.code())
    }

    /// Whether another server may do what a replica could not: it does not answer, it takes no
    /// writes, or it had to drop what the statement reads (PostgreSQL manual, section 26.4.2).
    pub(crate) fn is_of_replica(&self) -> bool {
        let conflicts = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        matches!(*self.0, Reason::Silent { .. })
            || self.is_connection()
            || self.is_failover()
            || conflicts.iter().any(|conflict| self.code() == Some(conflict.code()))
    }

    /// Whether the row that was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.kind() == DbErrorKind::NotFound
    }

    /// Whether a row with the same unique key is there already.
    pub fn is_unique_violation(&self) -> bool {
        self.code() == Some(SqlState::UNIQUE_VIOLATION.code())
    }

    /// Whether a row refers to one that is not there, or is still referred to.
    pub fn is_foreign_key_violation(&self) -> bool {
        self.code() == Some(SqlState::FOREIGN_KEY_VIOLATION.code())
    }
}

/// The kind of what the driver says about a statement.
fn kind_of(error: &tokio_postgres::Error) -> DbErrorKind {
    if is_broken(error) {
        return DbErrorKind::Connection;
    }
    if is_statement_timeout(error) {
        return DbErrorKind::Timeout;
    }
    match error.code() {
        Some(&SqlState::QUERY_CANCELED) => DbErrorKind::Cancelled,
        Some(code) if is_conflict(code) => DbErrorKind::Conflict,
        Some(code) if code.code().starts_with("23") => DbErrorKind::Constraint,
        Some(_) => DbErrorKind::Statement,
        None => DbErrorKind::Parameters,
    }
}

impl From<Reason> for DbError {
    fn from(reason: Reason) -> Self {
        Self(Box::new(reason))
    }
}
