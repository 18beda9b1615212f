use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::{Error, Row};

use super::Parameters;
use crate::pool::Connection;

/// What a caller wants of the server's answer. Every form reads it to its end: a connection with
/// an answer half read is as good as busy.
pub(super) trait Answer: Sized + Send {
    fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Rows returned or changed.
    fn rows(&self) -> u64;
}

impl Answer for Vec<Row> {
    async fn receive(
        connection: &Connection,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Self, Error> {
        let statement = connection.prepared(sql).await?;
        connection.client().query(&statement, parameters).await
    }

    fn rows(&self) -> u64 {
        self.len() as u64
    }
}

/// The first row, and how many there were.
pub(super) struct AtMostOne {
    pub(super) row: Option<Row>,
    pub(super) rows: u64,
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
            answer.row.get_or_insert(row);
        }
        Ok(answer)
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

/// How many rows a statement changed.
pub(super) struct Changed(pub(super) u64);

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
pub(super) struct Done;

impl Answer for Done {
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
