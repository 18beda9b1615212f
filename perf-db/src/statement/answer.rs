use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::Error;

use super::Parameters;
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
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Rows returned or changed.
    fn rows(&self) -> u64;

    /// The rows that are handed to the caller.
    fn handed_out(&mut self) -> &mut [Row] {
        &mut []
    }
}

impl Answer for Vec<Row> {
    async fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Self, Error> {
        let statement = connection.prepared(sql).await?;
        let parameters = parameters.iter().copied();
        let stream = connection.client().query_raw(&statement, parameters).await?;
        stream.map_ok(Row::new).try_collect().await
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
    ) -> Result<Self, Error> {
        let statement = connection.prepared(sql).await?;
        let parameters = parameters.iter().copied();
        let stream = connection.client().query_raw(&statement, parameters).await?;
        let mut stream = pin!(stream);
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
    ) -> Result<Self, Error> {
        let statement = connection.prepared(sql).await?;
        let rows = connection.client().execute(&statement, parameters).await?;
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
    ) -> Result<Self, Error> {
        connection.client().batch_execute(sql).await?;
        Ok(Self)
    }

    fn rows(&self) -> u64 {
        0
    }
}
