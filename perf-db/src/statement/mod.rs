//! One statement on its way: sent, answered, recorded.

mod answer;
mod control;
mod dispatch;
mod failure;
mod in_flight;
mod parameters;
mod prepared;
mod rows;

use std::fmt;
use std::pin::pin;

use futures_util::future::join;
use perf_core::sql::StatementKind;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use perf_core::{CallSite, EventOutcome};
use tokio_postgres::RowStream;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

pub(crate) use self::answer::{Answer, AtMostOne, Changed, Done};
pub(crate) use self::control::{Control, OpenTransaction};
pub(crate) use self::dispatch::{Dispatch, Loan};
pub(crate) use self::failure::Failure;
use self::in_flight::InFlight;
pub use self::prepared::Prepared;
use self::prepared::is_worth_repeating;
#[cfg(feature = "advise")]
pub(crate) use self::prepared::{KeptText, MAX_TEXT_BYTES};
pub(crate) use self::prepared::{Protocol, Ready, Statements, probe};
pub use self::rows::Rows;
use crate::error::{self, DbError, Reason};
use crate::pool::{Connection, Lease};
use crate::router::{self, Router};
use crate::row::{Reads, Row};
use crate::sql::Sql;

pub(crate) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// A statement, its parameters and who sends it.
#[derive(Clone)]
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
    pub(crate) fn at(
        sql: impl Into<Sql>,
        parameters: &'a Parameters<'a>,
        call_site: CallSite,
    ) -> Self {
        Self { sql: sql.into(), call_site, parameters }
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

    #[cfg(feature = "advise")]
    pub(crate) fn parameters(&self) -> &Parameters<'a> {
        self.parameters
    }

    /// Whether the text alone is enough to know that nothing is written.
    pub(crate) fn only_reads(&self) -> bool {
        self.sql.fingerprint().kind() == StatementKind::Read
    }

    /// What it does to the transaction of its connection.
    pub(crate) fn control_of(&self) -> Option<Control> {
        Control::of(self.sql.fingerprint())
    }

    /// Refuses what cannot be sent, before it takes a connection.
    pub(crate) fn check(&self) -> Result<(), DbError> {
        let (statement, call_site) = (|| self.sql.fingerprint().clone(), self.call_site);
        if self.parameters.len() > usize::from(u16::MAX) {
            let given = self.parameters.len();
            return Err(Reason::TooMany { statement: statement(), call_site, given }.into());
        }
        if self.sql.text().contains('\0') {
            return Err(Reason::Nul { call_site }.into());
        }
        Ok(())
    }

    /// Refuses statements that begin or end a transaction by their text.
    pub(crate) fn check_control(&self) -> Result<(), DbError> {
        if self.control_of().is_none() {
            return Ok(());
        }
        let (statement, call_site) = (self.sql.fingerprint().clone(), self.call_site);
        Err(Reason::Control { statement, call_site }.into())
    }

    /// Sends the statement over this connection and reads its answer to the end.
    ///
    /// Outside a transaction a statement whose preparation no longer fits is prepared and sent
    /// again.
    pub(crate) async fn send<A: Answer>(&self, lease: &Lease) -> Result<A, DbError> {
        let connection = lease.connection()?;
        let attempt = || A::receive(connection, self.sql.text(), self.parameters);
        let exchange = pin!(self.healed(connection, attempt));
        self.answered(lease, exchange).await
    }

    /// As [`send`](Self::send), for a statement that may write over this connection to the primary:
    /// it leaves a mark, for which the server is asked in the same round trip.
    pub(crate) async fn write<A: Answer>(
        &self,
        lease: &Lease,
        router: &Router,
    ) -> Result<A, DbError> {
        if !router.has_replicas() {
            return self.send(lease).await;
        }
        let connection = lease.connection()?;
        let attempt = || async {
            if A::IS_PREPARED {
                // Else the question would overtake the statement, which waits for its preparation.
                connection.ready(self.sql.text()).await?;
            }
            let write = router.write();
            let answer = A::receive(connection, self.sql.text(), self.parameters);
            let (answer, written) = join(answer, router::written(connection)).await;
            write.answered(answer.is_ok(), written);
            answer
        };
        // In a box, since it takes more room than the other way, which most statements go.
        let exchange = Box::pin(self.healed(connection, attempt));
        self.answered(lease, exchange).await
    }

    async fn answered<A: Answer>(
        &self,
        lease: &Lease,
        exchange: impl Future<Output = Result<A, Failure>>,
    ) -> Result<A, DbError> {
        let (mut answer, took) = self.timed(lease, exchange, A::rows).await?;
        #[cfg(feature = "advise")]
        self.keep_slow(lease, took);
        #[cfg(not(feature = "advise"))]
        let _ = took;
        if Reads::is_wanted() {
            self.watch(answer.handed_out());
        }
        Ok(answer)
    }

    /// For who wants to know afterwards why it was slow.
    #[cfg(feature = "advise")]
    fn keep_slow(&self, lease: &Lease, took: Duration) {
        let Ok(connection) = lease.connection() else { return };
        if let Some(slow) = connection.slow() {
            slow.answered(self, connection, took);
        }
    }

    fn watch(&self, rows: &mut [Row]) {
        let Some(first) = rows.first() else { return };
        let reads = Reads::new(self.sql.fingerprint(), self.call_site, first.columns());
        let reads = Arc::new(reads);
        for row in rows {
            row.watch(&reads);
        }
    }

    /// Sends the statement; its rows are read one by one.
    pub(crate) async fn open(&self, lease: &Lease) -> Result<RowStream, Failure> {
        let Ok(connection) = lease.connection() else { return Err(Failure::Abandoned) };
        let attempt = || answer::rows(connection, self.sql.text(), self.parameters);
        self.healed(connection, attempt).await
    }

    async fn healed<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        connection: &Connection,
        attempt: impl Fn() -> F,
    ) -> Result<T, Failure> {
        let (statements, open, sql) = (connection.statements(), connection.open(), self.sql.text());
        let control = self.control_of();
        let in_transaction = open.is_open();
        let number = open.sends(control);
        let mut turn = 0;
        loop {
            let outcome = attempt().await;
            match &outcome {
                Ok(_) => open.answered(control, number),
                Err(failure) => {
                    if is_worth_repeating(statements, in_transaction, sql, failure, turn) {
                        turn += 1;
                        continue;
                    }
                    if failure.is_of_execution() {
                        open.answered(control, number);
                    }
                }
            }
            return outcome;
        }
    }

    /// Without preparing it and without parameters: `begin`, `commit`, `rollback`.
    pub(crate) async fn control(&self, lease: &Lease) -> Result<(), DbError> {
        let Done = self.send(lease).await?;
        Ok(())
    }

    /// Any exchange with the server in the name of this statement: dropped half-way it gives the
    /// connection up, and it is recorded, however it ends.
    pub(crate) async fn fly<T, E: Into<Failure>>(
        &self,
        lease: &Lease,
        exchange: impl Future<Output = Result<T, E>>,
        rows: impl FnOnce(&T) -> u64,
    ) -> Result<T, DbError> {
        let (answer, _) = self.timed(lease, exchange, rows).await?;
        Ok(answer)
    }

    async fn timed<T, E: Into<Failure>>(
        &self,
        lease: &Lease,
        exchange: impl Future<Output = Result<T, E>>,
        rows: impl FnOnce(&T) -> u64,
    ) -> Result<(T, Duration), DbError> {
        lease.connection()?;
        let in_flight = InFlight::new(self, lease);
        match exchange.await {
            Ok(answer) => {
                let took = in_flight.landed(EventOutcome::Ok, rows(&answer));
                Ok((answer, took))
            }
            Err(failure) => {
                in_flight.landed(EventOutcome::Error, 0);
                Err(self.failed(lease, failure.into()))
            }
        }
    }

    /// What the caller hears of a failure, and what becomes of the connection.
    fn failed(&self, lease: &Lease, failure: Failure) -> DbError {
        let (statement, call_site) = (self.sql.fingerprint().clone(), self.call_site);
        let source = match failure {
            Failure::Driver(source) => source,
            Failure::Abandoned => return Reason::Abandoned.into(),
            Failure::Parameters { given, taken } => {
                return Reason::Parameters { statement, call_site, given, taken }.into();
            }
        };
        if error::is_fatal(&source) {
            lease.retire();
        }
        if error::is_stale_plan(&source)
            && let Ok(connection) = lease.connection()
        {
            connection.statements().forget(self.sql.text());
        }
        let is_encoding = source.code() == Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE);
        let source = source.into();
        if is_encoding {
            return Reason::Encoding { statement, call_site, source }.into();
        }
        Reason::Statement { statement, call_site, source }.into()
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

/// Without the parameters.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("sql", &self.sql)
            .field("call_site", &self.call_site)
            .finish_non_exhaustive()
    }
}
