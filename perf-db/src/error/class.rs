//! What an error of PostgreSQL says about the connection it came over.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::WrongType;

/// Whether the connection is gone, or its server is about to go.
pub(crate) fn is_broken(error: &Error) -> bool {
    match error.code() {
        Some(
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::DATABASE_DROPPED,
        ) => true,
        Some(code) => code.code().starts_with("08"),
        None => error.is_closed(),
    }
}

/// Whether nobody should use the connection again.
///
/// Beside broken ones these are connections to a server that has become a standby, which answers
/// every ping and refuses every write for as long as the connection is kept, and those that are
/// out of step with their server.
pub(crate) fn is_fatal(error: &Error) -> bool {
    match error.code() {
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => true,
        // The server closes the connection with these.
        Some(code) if is_idle_timeout(code) => true,
        Some(_) => is_broken(error),
        None => error.is_closed() || is_out_of_step(error),
    }
}

/// Whether the server said what the driver did not expect, such as the answer to a `copy` that was
/// sent as a plain statement: it waits for data then and serves nobody.
///
/// The driver tells this error from others only by the lack of a cause. A wrong number of
/// parameters has none either, so that is looked at before the driver is asked.
fn is_out_of_step(error: &Error) -> bool {
    error.source().is_none()
}

/// Whether the prepared statement no longer fits the tables: after a migration, or when something
/// between us and the server has closed it, or had the name already. Kept, it would fail for ever.
pub(crate) fn is_stale_plan(error: &Error) -> bool {
    let routine = error.as_db_error().and_then(|refusal| refusal.routine());
    match error.code() {
        Some(&SqlState::INVALID_SQL_STATEMENT_NAME | &SqlState::DUPLICATE_PSTATEMENT) => true,
        Some(&SqlState::FEATURE_NOT_SUPPORTED) => routine == Some("RevalidateCachedQuery"),
        _ => false,
    }
}

/// Whether the driver could not write a parameter as what the server takes.
pub(crate) fn is_of_value(error: &Error) -> bool {
    error.source().is_some_and(|cause| cause.is::<WrongType>())
}

/// Whether the server has ended a session, or a transaction with its session, that did nothing for
/// too long.
pub(crate) fn is_idle_timeout(code: &SqlState) -> bool {
    [SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, SqlState::IDLE_SESSION_TIMEOUT].contains(code)
}

/// Whether a time limit that is set in the server has ended the statement.
///
/// That of `statement_timeout` shares its code with a user's cancel request. Only the message tells
/// them apart; in another language than English both count as cancelled.
pub(crate) fn is_statement_timeout(error: &Error) -> bool {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => true,
        Some(&SqlState::QUERY_CANCELED) => error
            .as_db_error()
            .is_some_and(|refusal| refusal.message().contains("statement timeout")),
        Some(code) => is_idle_timeout(code),
        None => false,
    }
}

/// Whether another transaction was in the way, and the same may well succeed now.
pub(crate) fn is_conflict(code: &SqlState) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}
