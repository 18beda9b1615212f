//! What an error of PostgreSQL says about the connection it came over.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Whether the connection is gone, or its server is about to go.
pub(crate) fn is_broken(error: &Error) -> bool {
    match error.code() {
        Some(
            &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW,
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
        Some(_) => is_broken(error),
        None => error.is_closed() || is_out_of_step(error),
    }
}

/// Whether the server said what the driver did not expect, such as the answer to a `copy` that was
/// sent as a plain statement: it waits for data then and serves nobody.
///
/// The driver tells this error from others only by the lack of a cause. A wrong number of
/// parameters has none either and costs its connection too.
fn is_out_of_step(error: &Error) -> bool {
    error.source().is_none()
}

/// Whether the prepared statement no longer fits the tables: after a migration, or when something
/// between us and the server has closed it. Kept, it would fail for ever.
pub(crate) fn is_stale_plan(error: &Error) -> bool {
    let routine = error.as_db_error().and_then(|refusal| refusal.routine());
    match error.code() {
        Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => true,
        Some(&SqlState::FEATURE_NOT_SUPPORTED) => routine == Some("RevalidateCachedQuery"),
        _ => false,
    }
}
