use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::Statements;
use crate::error;
use crate::statement::Failure;

/// A statement is prepared again once, and once more without a name.
const TURNS: u32 = 3;

/// Whether the failure is one of the statement's preparation and not of the statement, so that it
/// has not run and may be sent again. What is known about it is forgotten then.
///
/// In a transaction nothing is sent again: PostgreSQL has given the transaction up.
pub(in crate::statement) fn is_worth_repeating(
    statements: &Statements,
    in_transaction: bool,
    sql: &str,
    failure: &Failure,
    turn: u32,
) -> bool {
    let Failure::Driver(error) = failure else { return false };
    let protocol = &statements.protocol;
    let repeat = if protocol.is_unnamed() {
        turn == 0 && has_other_types(error)
    } else {
        match sign_of_pooler(error) {
            Some(sign) => protocol.met_pooler(sign),
            // Something closed it, a pooler or a `deallocate all`: the second time in a row it
            // was a pooler.
            None if is_unknown(error) && turn > 0 => {
                protocol.met_pooler("a name is lost again");
            }
            None => {}
        }
        error::is_stale_plan(error) || sign_of_pooler(error).is_some()
    };
    if repeat {
        statements.forget(sql);
    }
    repeat && !in_transaction && turn + 1 < TURNS
}

fn is_unknown(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
}

/// What nobody but a pooler can cause: the driver never gives a name twice, and never binds another
/// number of parameters than the server has told it.
fn sign_of_pooler(error: &Error) -> Option<&'static str> {
    let refusal = error.as_db_error()?;
    match *refusal.code() {
        SqlState::DUPLICATE_PSTATEMENT => Some("a name is taken"),
        SqlState::PROTOCOL_VIOLATION if refusal.routine() == Some("exec_bind_message") => {
            Some("a name is that of another statement")
        }
        _ => None,
    }
}

/// Whether the types that were learned may no longer be those of the statement: after a migration
/// an operator or a function is not found for them, or the driver cannot write a value as one of
/// them.
fn has_other_types(error: &Error) -> bool {
    match error.code() {
        Some(code) => [
            SqlState::UNDEFINED_FUNCTION,
            SqlState::DATATYPE_MISMATCH,
            SqlState::CANNOT_COERCE,
            SqlState::AMBIGUOUS_FUNCTION,
            SqlState::UNDEFINED_OBJECT,
            SqlState::INVALID_BINARY_REPRESENTATION,
        ]
        .contains(code),
        None => error::is_of_value(error),
    }
}
