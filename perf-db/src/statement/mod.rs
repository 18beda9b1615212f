//! One statement on its way: sent, answered, recorded.

mod answer;
mod dispatch;
mod in_flight;
mod parameters;

use perf_core::{CallSite, EventOutcome};
use tokio_postgres::types::ToSql;

pub(crate) use self::answer::{Answer, AtMostOne, Changed, Done};
pub(crate) use self::dispatch::{Dispatch, Loan};
use self::in_flight::InFlight;
use crate::error::{self, DbError, Reason};
use crate::pool::Lease;
use crate::row::Row;
use crate::sql::Sql;

pub(crate) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// A statement, its parameters and who sends it.
#[derive(Debug)]
pub struct Call<'a> {
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

    /// In the name of a caller who is known already.
    pub(crate) fn at(sql: impl Into<Sql>, call_site: CallSite) -> Call<'static> {
        Call { sql: sql.into(), call_site, parameters: &[] }
    }

    /// With values to tell it apart by from others of the same text.
    pub(crate) fn told_apart_by<'b>(self, parameters: &'b Parameters<'b>) -> Call<'b> {
        Call { sql: self.sql, call_site: self.call_site, parameters }
    }

    pub(crate) fn sql(&self) -> &Sql {
        &self.sql
    }

    pub(crate) fn call_site(&self) -> CallSite {
        self.call_site
    }

    /// Sends the statement over this connection and reads its answer to the end.
    pub(crate) async fn send<A: Answer>(&self, lease: &Lease) -> Result<A, DbError> {
        let connection = lease.connection()?;
        let exchange = A::receive(connection, self.sql.text(), self.parameters);
        self.fly(lease, exchange, A::rows).await
    }

    /// Without preparing it and without parameters: `begin`, `commit`, `rollback`.
    pub(crate) async fn control(&self, lease: &Lease) -> Result<(), DbError> {
        let Done = self.send(lease).await?;
        Ok(())
    }

    /// Any exchange with the server in the name of this statement: dropped half-way it gives the
    /// connection up, and it is recorded, however it ends.
    pub(crate) async fn fly<T>(
        &self,
        lease: &Lease,
        exchange: impl Future<Output = Result<T, tokio_postgres::Error>>,
        rows: impl FnOnce(&T) -> u64,
    ) -> Result<T, DbError> {
        let connection = lease.connection()?;
        let in_flight = InFlight::new(self, lease);
        match exchange.await {
            Ok(answer) => {
                in_flight.landed(EventOutcome::Ok, rows(&answer));
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

    pub(crate) fn one(&self, answer: AtMostOne) -> Result<Row, DbError> {
        self.at_most_one(answer)?.ok_or_else(|| {
            let statement = self.sql.fingerprint().clone();
            Reason::NotFound { statement, call_site: self.call_site }.into()
        })
    }

    pub(crate) fn at_most_one(&self, answer: AtMostOne) -> Result<Option<Row>, DbError> {
        let AtMostOne { row, rows } = answer;
        if rows > 1 {
            let statement = self.sql.fingerprint().clone();
            return Err(Reason::TooManyRows { statement, call_site: self.call_site, rows }.into());
        }
        Ok(row)
    }
}
