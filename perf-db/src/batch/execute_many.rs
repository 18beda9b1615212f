use std::future::ready;
use std::pin::pin;

use futures_util::future::Either;
use futures_util::{StreamExt, stream};
use perf_core::CallSite;
use tokio_postgres::Statement;

use super::encoded::Encoded;
use super::encoder::{Column, Encoder};
use super::frame::Frame;
use super::record::Record;
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::pool::Lease;
use crate::sql::Sql;
use crate::statement::{Call, Failure};

/// Statements on their way at once. More would only lengthen the queues on both sides.
const WINDOW: usize = 64;

/// Sends one statement again and again, each time with other parameters, without waiting for each
/// answer: one round trip for up to 64 of them. Gives how many rows they changed in all.
///
/// All of them last, or none does: they run in one transaction. For many rows of one table
/// [`InsertMany`](super::InsertMany), [`UpdateMany`](super::UpdateMany) and
/// [`DeleteMany`](super::DeleteMany) are quicker by far.
///
/// # Errors
/// As [`execute`](Executor::execute), with the first statement that failed, and when parameters do
/// not fit the statement.
///
/// # Cancel safety
/// Dropping the future undoes all and costs the connection; a transaction or session ends with it.
///
/// # Cost
/// It is recorded as one statement with the rows of all.
#[track_caller]
pub fn execute_many<R, I>(
    to: &impl Executor,
    sql: impl Into<Sql>,
    parameters: I,
) -> impl Future<Output = Result<u64, DbError>> + Send
where
    R: Record + Send,
    I: IntoIterator<Item = R, IntoIter: Send>,
{
    let call = Call::at(sql, &[], CallSite::here());
    let mut rows = parameters.into_iter();
    async move {
        to.admit(&call)?;
        let Some(first) = rows.next() else { return Ok(0) };
        let loan = to.lend(call.call_site()).await?;
        let write = to.write_over(&loan);
        let frame = Frame::begin(&loan, call.call_site()).await?;
        let rows = std::iter::once(first).chain(rows);
        let outcome = frame.end(pipeline(&call, &loan, rows).await).await;
        match &outcome {
            Ok(_) => write.done(&loan).await,
            Err(_) => write.failed(&loan),
        }
        to.noted(outcome)
    }
}

async fn pipeline<R: Record + Send>(
    call: &Call<'_>,
    lease: &Lease,
    rows: impl Iterator<Item = R> + Send,
) -> Result<u64, DbError> {
    let connection = lease.connection()?;
    let exchange = async {
        let statement = connection.prepared(call.sql().text()).await?;
        let mut encoder = Encoder::new(parameters(&statement), false);
        let mut row = 0;
        let executions = rows.map(|record| {
            row += 1;
            match encoder.add(&record) {
                Err(reason) => Either::Left(ready(Ok(Err(reason.in_row(row))))),
                Ok(()) => {
                    let values: Vec<Encoded<_>> = encoder.take_row();
                    let (client, statement) = (connection.client(), &statement);
                    Either::Right(
                        async move { client.execute_raw(statement, values).await.map(Ok) },
                    )
                }
            }
        });
        let mut executions = pin!(stream::iter(executions).buffered(WINDOW));
        let mut changed = 0;
        while let Some(execution) = executions.next().await {
            match execution? {
                Ok(rows) => changed += rows,
                Err(reason) => return Ok::<_, Failure>(Err(reason)),
            }
        }
        Ok(Ok::<u64, Reason>(changed))
    };
    let changed = call.fly(lease, exchange, |changed| *changed.as_ref().unwrap_or(&0)).await?;
    Ok(changed?)
}

fn parameters(statement: &Statement) -> Vec<Column> {
    let parameters = statement.params().iter().enumerate();
    let columns = parameters.map(|(place, ty)| Column {
        name: format!("${}", place + 1),
        ty: ty.clone(),
        is_key: false,
    });
    columns.collect()
}
