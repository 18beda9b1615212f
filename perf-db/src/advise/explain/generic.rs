//! The plan for all values of `$1`, `$2`, …

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{ErrorPosition, SqlState};

use super::frame::Frame;
use super::run::PLANNED;
use super::{Explain, Refusal, normalised};
use crate::advise::OWN;
use crate::advise::plan::PlanError;
use crate::error::{DbError, Reason};
use crate::statement::Call;

/// The first version that explains a statement without values (release notes of PostgreSQL 16).
const HAS_GENERIC_PLAN: i32 = 160_000;

pub(super) async fn plan(
    frame: &Frame<'_>,
    explain: &Explain<'_>,
    parameters: usize,
) -> Result<String, DbError> {
    let sql = normalised::mended(explain.sql.text());
    let (text, outcome) = if frame.version >= HAS_GENERIC_PLAN {
        let text = format!("explain (generic_plan, {PLANNED}) {sql}\n{OWN}");
        let outcome = by_option(frame, explain, &text).await;
        (text, outcome)
    } else {
        let text = format!("prepare perf_db_explain as {sql}\n{OWN}");
        let outcome = by_name(frame, explain, &text, parameters).await;
        (text, outcome)
    };
    outcome.map_err(|error| match is_of_parameter(&error, &text) {
        true => explain.refused(Refusal::Normalised),
        false => error,
    })
}

async fn by_option(
    frame: &Frame<'_>,
    explain: &Explain<'_>,
    text: &str,
) -> Result<String, DbError> {
    let connection = frame.lease.connection()?;
    let exchange = async {
        // The simple protocol, which needs no values, runs whatever stands behind a semicolon. The
        // other one does not: what it has taken is one statement.
        connection.ready(text).await?;
        connection.client().simple_query(text).await
    };
    let answer = explain.call(PLANNED).fly(frame.lease, exchange, |_| 1).await;
    connection.statements().forget(text);
    of_messages(&answer?)
}

/// Prepared statements outlast a rollback, so the name has to be taken back, also after a failure.
async fn by_name(
    frame: &Frame<'_>,
    explain: &Explain<'_>,
    prepare: &str,
    parameters: usize,
) -> Result<String, DbError> {
    let (lease, call) = (frame.lease, explain.call(PLANNED));
    let client = lease.connection()?.client();
    // Without a name of the driver's, and as one statement.
    call.fly(lease, client.execute_typed(prepare, &[]), |_| 0).await?;
    Call::at(own!("savepoint perf_db_generic"), &[], frame.call_site).control(lease).await?;
    let nulls = vec!["null"; parameters].join(", ");
    let execute = format!(
        "set local plan_cache_mode = force_generic_plan {OWN}; \
         explain ({PLANNED}) execute perf_db_explain ({nulls}) {OWN}"
    );
    let answer = call.fly(lease, client.simple_query(&execute), |_| 1).await;
    let undo = concat!(
        own!("rollback to savepoint perf_db_generic"),
        "; ",
        own!("deallocate perf_db_explain")
    );
    Call::at(undo, &[], frame.call_site).control(lease).await?;
    of_messages(&answer?)
}

fn of_messages(messages: &[SimpleQueryMessage]) -> Result<String, DbError> {
    let text = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    text.ok_or_else(|| Reason::NoPlan(PlanError::NotAPlan).into())
}

/// Whether the server takes no parameter where this text has one, or not the type that it gives to
/// one in want of better knowledge.
fn is_of_parameter(error: &DbError, text: &str) -> bool {
    let refusal = error.postgres().and_then(tokio_postgres::Error::as_db_error);
    let Some(refusal) = refusal else { return false };
    // Counted in characters, from 1.
    let place = match refusal.position() {
        Some(ErrorPosition::Original(at)) => usize::try_from(*at).unwrap_or(0),
        _ => 0,
    };
    let letter = text.chars().nth(place.saturating_sub(1)).unwrap_or('x');
    match *refusal.code() {
        SqlState::INDETERMINATE_DATATYPE
        | SqlState::UNDEFINED_PARAMETER
        | SqlState::AMBIGUOUS_FUNCTION
        | SqlState::DATATYPE_MISMATCH => true,
        SqlState::SYNTAX_ERROR => letter == '$',
        // An operator, as in `id = any(array[$1])`, whose parameter counts as a text.
        SqlState::UNDEFINED_FUNCTION => !letter.is_alphanumeric() && !"_\"".contains(letter),
        _ => false,
    }
}
