//! The plan for all values of `$1`, `$2`, …

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use super::frame::Frame;
use super::request::{Explain, PLANNED};
use super::{Refusal, normalised};
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
    let sql = normalised::mended(explain.sql());
    let outcome = match frame.version >= HAS_GENERIC_PLAN {
        true => by_option(frame, explain, &sql).await,
        false => by_name(frame, explain, &sql, parameters).await,
    };
    outcome.map_err(|error| match is_of_text(&error) {
        true => explain.refused(Refusal::Normalised),
        false => error,
    })
}

async fn by_option(frame: &Frame<'_>, explain: &Explain<'_>, sql: &str) -> Result<String, DbError> {
    let text = format!("explain (generic_plan, {PLANNED}) {sql}\n{OWN}");
    let connection = frame.lease.connection()?;
    let exchange = async {
        // The simple protocol, which needs no values, runs whatever stands behind a semicolon. The
        // other one does not: what it has taken is one statement.
        connection.ready(&text).await?;
        connection.client().simple_query(&text).await
    };
    let answer = explain.call(PLANNED).fly(frame.lease, exchange, |_| 1).await;
    connection.statements().forget(&text);
    of_messages(&answer?)
}

/// Prepared statements outlast a rollback, so the name has to be taken back, also after a failure.
async fn by_name(
    frame: &Frame<'_>,
    explain: &Explain<'_>,
    sql: &str,
    parameters: usize,
) -> Result<String, DbError> {
    let (lease, call) = (frame.lease, explain.call(PLANNED));
    let client = lease.connection()?.client();
    let prepare = format!("prepare perf_db_explain as {sql}\n{OWN}");
    // Without a name of the driver's, and as one statement.
    call.fly(lease, client.execute_typed(&prepare, &[]), |_| 0).await?;
    Call::at("savepoint perf_db_generic", &[], frame.call_site).control(lease).await?;
    let nulls = vec!["null"; parameters].join(", ");
    let execute = format!(
        "set local plan_cache_mode = force_generic_plan; \
         explain ({PLANNED}) execute perf_db_explain ({nulls}) {OWN}"
    );
    let answer = call.fly(lease, client.simple_query(&execute), |_| 1).await;
    let undo = "rollback to savepoint perf_db_generic; deallocate perf_db_explain";
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

/// Whether the server takes no parameter where the text has one, or cannot tell its type.
fn is_of_text(error: &DbError) -> bool {
    let codes = [
        SqlState::SYNTAX_ERROR,
        SqlState::INDETERMINATE_DATATYPE,
        SqlState::UNDEFINED_PARAMETER,
        SqlState::AMBIGUOUS_FUNCTION,
    ];
    codes.iter().any(|code| error.code() == Some(code.code()))
}
