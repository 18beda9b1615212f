//! One statement on its way: sent, answered, recorded.

mod answer;
mod in_flight;
mod parameters;

use perf_core::{CallSite, EventOutcome};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use self::answer::{Answer, AtMostOne, Changed, Done};
use self::in_flight::InFlight;
use crate::error::{self, DbError, Reason};
use crate::pool::Lease;
use crate::sql::Sql;

pub(crate) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// A statement, its parameters and who sends it.
pub(crate) struct Call<'a> {
    sql: Sql,
    call_site: CallSite,
    parameters: &'a Parameters<'a>,
}

impl<'a> Call<'a> {
    /// Must be made before the future is: only a plain function knows its caller.
    #[track_caller]
    pub(crate) fn new(sql: impl Into<Sql>, parameters: &'a Parameters<'a>) -> Self {
        Self { sql: sql.into(), call_site: CallSite::here(), parameters }
    }

    pub(crate) async fn query(&self, lease: &Lease) -> Result<Vec<Row>, DbError> {
        self.send(lease).await
    }

    pub(crate) async fn query_one(&self, lease: &Lease) -> Result<Row, DbError> {
        let row = self.query_opt(lease).await?;
        row.ok_or_else(|| {
            Reason::NotFound {
                statement: self.sql.fingerprint().clone(),
                call_site: self.call_site,
            }
            .into()
        })
    }

    pub(crate) async fn query_opt(&self, lease: &Lease) -> Result<Option<Row>, DbError> {
        let AtMostOne { row, rows } = self.send(lease).await?;
        if rows > 1 {
            return Err(Reason::TooManyRows {
                statement: self.sql.fingerprint().clone(),
                call_site: self.call_site,
                rows,
            }
            .into());
        }
        Ok(row)
    }

    pub(crate) async fn execute(&self, lease: &Lease) -> Result<u64, DbError> {
        let Changed(rows) = self.send(lease).await?;
        Ok(rows)
    }

    /// Without preparing it and without parameters: `begin`, `commit`, `rollback`.
    pub(crate) async fn control(&self, lease: &Lease) -> Result<(), DbError> {
        let Done = self.send(lease).await?;
        Ok(())
    }

    async fn send<A: Answer>(&self, lease: &Lease) -> Result<A, DbError> {
        let connection = lease.connection()?;
        let in_flight = InFlight::new(self, lease);
        match A::receive(connection, self.sql.text(), self.parameters).await {
            Ok(answer) => {
                in_flight.landed(EventOutcome::Ok, answer.rows());
                Ok(answer)
            }
            Err(source) => {
                in_flight.landed(EventOutcome::Error, 0);
                if error::is_fatal(&source) {
                    lease.retire();
                }
                if error::is_stale_plan(&source) {
                    connection.forget(self.sql.text());
                }
                Err(Reason::Statement {
                    statement: self.sql.fingerprint().clone(),
                    call_site: self.call_site,
                    source: source.into(),
                }
                .into())
            }
        }
    }
}
