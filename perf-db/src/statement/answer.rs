use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::RowStream;

use super::{Failure, Parameters, Ready};
use crate::pool::Connection;
use crate::row::Row;

/// What a caller wants of the server's answer. Every form reads it to its end: a connection with
/// an answer half read is as good as busy.
pub trait Answer: Sized + Send {
    /// Whether the statement is prepared before it is sent.
    const IS_PREPARED: bool = true;

    /// Sends the statement and reads all that the server has to say.
    fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// Rows returned or changed.
    fn rows(&self) -> u64;

    /// The rows that are handed to the caller.
    fn handed_out(&mut self) -> &mut [Row] {
        &mut []
    }
}

/// Sends the statement; its rows are still to come.
pub(super) async fn rows(
    connection: &Connection,
    sql: &str,
    parameters: &Parameters<'_>,
) -> Result<RowStream, Failure> {
    let client = connection.client();
    let stream = match connection.ready(sql).await? {
        Ready::Named(statement) => {
            fit(parameters, statement.params().len())?;
            client.query_raw(&statement, parameters.iter().copied()).await?
        }
        Ready::Unnamed(signature) => {
            let types = &signature.parameters;
            fit(parameters, types.len())?;
            let typed = parameters.iter().copied().zip(types.iter().cloned());
            client.query_typed_raw(sql, typed).await?
        }
    };
    Ok(stream)
}

/// The driver's own check costs the connection: its error looks like that of a server out of step.
fn fit(parameters: &Parameters<'_>, taken: usize) -> Result<(), Failure> {
    let given = parameters.len();
    if given == taken { Ok(()) } else { Err(Failure::Parameters { given, taken }) }
}

impl Answer for Vec<Row> {
    async fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Self, Failure> {
        let stream = rows(connection, sql, parameters).await?;
        Ok(stream.map_ok(Row::new).try_collect().await?)
    }

    fn rows(&self) -> u64 {
        self.len() as u64
    }

    fn handed_out(&mut self) -> &mut [Row] {
        self
    }
}

/// The first row, and how many there were.
pub(crate) struct AtMostOne {
    pub(crate) row: Option<Row>,
    pub(crate) rows: u64,
}

impl Answer for AtMostOne {
    async fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Self, Failure> {
        let mut stream = pin!(rows(connection, sql, parameters).await?);
        let mut answer = Self { row: None, rows: 0 };
        while let Some(row) = stream.try_next().await? {
            answer.rows += 1;
            answer.row.get_or_insert_with(|| Row::new(row));
        }
        Ok(answer)
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn handed_out(&mut self) -> &mut [Row] {
        self.row.as_mut_slice()
    }
}

/// How many rows a statement changed.
pub(crate) struct Changed(pub(crate) u64);

impl Answer for Changed {
    async fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Self, Failure> {
        let client = connection.client();
        let rows = match connection.ready(sql).await? {
            Ready::Named(statement) => {
                fit(parameters, statement.params().len())?;
                client.execute(&statement, parameters).await?
            }
            Ready::Unnamed(signature) => {
                let types = &signature.parameters;
                fit(parameters, types.len())?;
                let typed = parameters.iter().copied().zip(types.iter().cloned());
                let typed: Vec<_> = typed.collect();
                client.execute_typed(sql, &typed).await?
            }
        };
        Ok(Self(rows))
    }

    fn rows(&self) -> u64 {
        self.0
    }
}

/// Nothing but success.
pub(crate) struct Done;

impl Answer for Done {
    const IS_PREPARED: bool = false;

    async fn receive(
        connection: &Connection,
        sql: &str,
        _: &Parameters<'_>,
    ) -> Result<Self, Failure> {
        connection.client().batch_execute(sql).await?;
        Ok(Self)
    }

    fn rows(&self) -> u64 {
        0
    }
}
