//! Gets rows to the server: by which way, and when.

use std::pin::{Pin, pin};

use futures_util::{Stream, StreamExt, TryStreamExt};
use perf_core::CallSite;
use tokio_postgres::error::SqlState;
use tokio_postgres::{RowStream, Statement};

use super::copy;
use super::encoded::{ColumnArray, Encoded};
use super::encoder::{Column, Encoder};
use super::frame::Frame;
use super::job::Job;
use super::record::Record;
use super::shape::{self, Shape, refused};
use crate::error::{DbError, Reason};
use crate::executor::Executor;
use crate::pool::Lease;
use crate::row::Row;
use crate::statement::{Call, Loan, Parameters, Ready};

/// Rows of one `VALUES` list, which is planned anew each time.
const VALUES_ROWS: u64 = 64;

/// PostgreSQL counts parameters in 16 bits (manual, "Message Formats", Bind).
const MAX_PARAMETERS: u64 = 65_535;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Rows that the source gave.
    pub(super) rows: u64,
    /// Rows that the server counted.
    pub(super) affected: u64,
    pub(super) answer: Vec<Row>,
}

/// All rows, or none of them.
pub(super) async fn load<R: Record + Send>(
    job: &impl Job,
    to: &impl Executor,
    call_site: CallSite,
    source: impl Stream<Item = R> + Send,
) -> Result<Written, DbError> {
    to.admit(&Call::at(job.sql("input", false)?, &[], call_site))?;
    let mut source = pin!(source);
    let Some(first) = source.next().await else { return Ok(Written::default()) };
    let loan = to.lend(call_site).await?;
    let write = to.write_over(&loan);
    let outcome = load_over(job, &loan, call_site, first, source).await;
    if outcome.is_err() {
        // A migration may be the reason, and what was known of the table wrong.
        if let (Ok(connection), Ok(question)) = (loan.connection(), job.shape().question()) {
            connection.statements().forget(&question);
        }
        write.failed(&loan);
    } else {
        write.done(&loan).await;
    }
    to.noted(outcome).map_err(|error| explained(job, error))
}

/// Says which names PostgreSQL does not find. After the executor has heard of the error, since the
/// server has refused a statement.
pub(super) fn explained(job: &impl Job, error: DbError) -> DbError {
    let refusal = error.postgres().and_then(tokio_postgres::Error::as_db_error);
    let is_ours = refusal.is_some_and(|refusal| {
        // Else a function or trigger of the database names a column that is not there.
        *refusal.code() == SqlState::UNDEFINED_COLUMN && refusal.where_().is_none()
    });
    if !is_ours {
        return error;
    }
    let Shape { table, columns, .. } = job.shape();
    refused(format!(
        "the table {table} has not all of the columns that the batch names ({}, and those to \
         return): correct their names, or migrate the table",
        columns.join(", ")
    ))
}

async fn load_over<R: Record + Send>(
    job: &impl Job,
    loan: &Loan<'_>,
    call_site: CallSite,
    first: R,
    mut source: Pin<&mut (impl Stream<Item = R> + Send)>,
) -> Result<Written, DbError> {
    let mut encoder = Encoder::new(columns(job, loan, call_site).await?, !job.copies_directly());
    let most = most_rows(job, &encoder.columns);
    add(job, &mut encoder, &first)?;
    drop(first);
    loop {
        let Some(record) = source.next().await else {
            if !job.is_checked() {
                return in_one_statement(job, loan, call_site, &encoder).await;
            }
            let frame = Frame::begin(loan, call_site).await?;
            let written = in_one_statement(job, loan, call_site, &encoder).await;
            return frame.end(checked(job, written)).await;
        };
        add(job, &mut encoder, &record)?;
        if encoder.rows() > most || encoder.is_full() {
            break;
        }
    }
    let frame = Frame::begin(loan, call_site).await?;
    let outcome = if job.copies_directly() {
        copy::into_table(job, loan, call_site, &mut encoder, source).await
    } else {
        copy::through_temporary_table(job, loan, call_site, &mut encoder, source).await
    };
    frame.end(checked(job, outcome)).await
}

fn checked(job: &impl Job, written: Result<Written, DbError>) -> Result<Written, DbError> {
    let written = written?;
    job.check(&written)?;
    Ok(written)
}

/// How many rows go in one statement.
pub(super) fn most_rows(job: &impl Job, columns: &[Column]) -> u64 {
    if shape::can_be_unnested(columns) {
        job.copy_from_rows()
    } else {
        VALUES_ROWS.min(MAX_PARAMETERS / columns.len() as u64)
    }
}

pub(super) fn add(
    job: &impl Job,
    encoder: &mut Encoder,
    record: &impl Record,
) -> Result<(), Reason> {
    encoder.add(record)?;
    if encoder.has_null_keys() && !job.takes_null_keys() {
        let trouble = "it has no value in a column that its answer is found by".to_owned();
        return Err(Reason::BadRow { row: encoder.rows(), trouble });
    }
    Ok(())
}

/// The columns with the types that the server has for them. Asked once for each connection; behind a
/// pooler each time, in a transaction, beyond which a name would be left to others.
pub(super) async fn columns(
    job: &impl Job,
    loan: &Loan<'_>,
    call_site: CallSite,
) -> Result<Vec<Column>, DbError> {
    let question = job.shape().question()?;
    let statements = loan.connection()?.statements();
    if let Some(statement) = statements.known(&question) {
        return Ok(described(job, &statement));
    }
    let call = Call::at(question, &[], call_site);
    if loan.in_transaction() || !statements.is_behind_pooler() {
        return describe(job, loan, &call).await;
    }
    let frame = Frame::begin(loan, call_site).await?;
    frame.end(describe(job, loan, &call).await).await
}

async fn describe(job: &impl Job, lease: &Lease, call: &Call<'_>) -> Result<Vec<Column>, DbError> {
    let prepared = lease.connection()?.prepared(call.sql().text());
    let statement = call.fly(lease, prepared, |_| 0).await?;
    Ok(described(job, &statement))
}

pub(super) fn described(job: &impl Job, statement: &Statement) -> Vec<Column> {
    let described = statement.columns().iter().enumerate();
    let columns = described.map(|(place, column)| Column {
        name: column.name().to_owned(),
        ty: column.type_().clone(),
        is_key: job.shape().keys.contains(&place),
    });
    columns.collect()
}

/// What is encoded, as parameters of one statement, which is atomic by itself.
pub(super) async fn in_one_statement(
    job: &impl Job,
    lease: &Lease,
    call_site: CallSite,
    encoder: &Encoder,
) -> Result<Written, DbError> {
    let columns = &encoder.columns;
    let connection = lease.connection()?;
    let unnested = shape::can_be_unnested(columns);
    let source =
        if unnested { shape::arrays(columns)? } else { shape::values(columns, encoder.rows())? };
    let digest = encoder.digest();
    let parameters: &Parameters<'_> = &[&digest];
    let call = Call::at(job.sql(&source, encoder.has_null_keys())?, parameters, call_site);
    let text = call.sql().text();
    let exchange = async {
        let stream = if unnested {
            let arrays = (0..columns.len()).map(|place| ColumnArray { encoder, place });
            let arrays: Vec<ColumnArray<'_>> = arrays.collect();
            match connection.ready(text).await? {
                Ready::Named(statement) => {
                    connection.client().query_raw(&statement, arrays).await?
                }
                Ready::Unnamed(signature) => {
                    let types = signature.parameters.iter().cloned();
                    connection.client().query_typed_raw(text, arrays.into_iter().zip(types)).await?
                }
            }
        } else {
            // Its text differs with the number of rows, so it is not worth a place among the
            // prepared statements.
            let types = columns.iter().map(|column| column.ty.clone()).cycle();
            let values: Vec<_> = encoder.values().map(Encoded).zip(types).collect();
            connection.client().query_typed_raw(text, values).await?
        };
        answer(stream, encoder.rows()).await
    };
    call.fly(lease, exchange, |written| written.rows).await
}

/// Reads an answer to its end.
pub(super) async fn answer(stream: RowStream, rows: u64) -> Result<Written, tokio_postgres::Error> {
    let mut stream = pin!(stream);
    let mut answer = Vec::new();
    while let Some(row) = stream.try_next().await? {
        answer.push(Row::new(row));
    }
    Ok(Written { rows, affected: stream.rows_affected().unwrap_or(0), answer })
}
