use perf_core::CallSite;
use perf_core::time::Duration;
use tokio_postgres::types::{ToSql, Type};

use crate::error::DbError;
use crate::pool::Lease;
use crate::statement::{Call, Loan};

/// What an explain happens in: a transaction of its own, or a savepoint within one of the user's.
/// It is always rolled back.
///
/// Dropped before its end it gives the connection up, which undoes all: a connection with an open
/// transaction must reach nobody else.
pub(super) struct Frame<'a> {
    pub(super) lease: &'a Lease,
    pub(super) call_site: CallSite,
    /// Of the server: 150018 for 15.18.
    pub(super) version: i32,
    undo: &'static str,
    open: bool,
}

/// What holds within it.
pub(super) struct Limits<'a> {
    /// Whether the server refuses what writes.
    pub(super) only_reads: bool,
    pub(super) statement_timeout: Duration,
    pub(super) settings: &'a [(String, String)],
}

impl<'a> Frame<'a> {
    pub(super) async fn begin(
        loan: &'a Loan<'_>,
        call_site: CallSite,
        limits: &Limits<'_>,
    ) -> Result<Self, DbError> {
        let (begin, undo) = match loan.in_transaction() {
            true => (
                own!("savepoint perf_db_explain"),
                concat!(
                    own!("rollback to savepoint perf_db_explain"),
                    "; ",
                    own!("release savepoint perf_db_explain")
                ),
            ),
            false => (own!("begin"), own!("rollback")),
        };
        Call::at(begin, &[], call_site).control(loan).await?;
        let mut frame = Self { lease: loan, call_site, version: 0, undo, open: true };
        match frame.limit(limits).await {
            Ok(version) => frame.version = version,
            Err(error) => return frame.end(Err(error)).await,
        }
        Ok(frame)
    }

    /// The user's settings come last, when the server no longer lets them lift the limit to reads.
    async fn limit(&self, limits: &Limits<'_>) -> Result<i32, DbError> {
        let timeout = format!("{}ms", limits.statement_timeout.as_millis().max(1));
        // What it is already otherwise: it cannot be lifted where a transaction only reads.
        let only_reads: Option<&str> = limits.only_reads.then_some("on");
        let version: i32 = self
            .ask(
                own!(
                    "select current_setting('server_version_num')::int, \
                     set_config('statement_timeout', $1, true), \
                     set_config('lock_timeout', '1s', true), \
                     set_config('transaction_read_only', \
                         coalesce($2, current_setting('transaction_read_only')), true)"
                ),
                &[&timeout, &only_reads],
            )
            .await?
            .first()
            .map_or(Ok(0), |row| row.try_get(0))
            .unwrap_or_default();
        for (name, value) in limits.settings {
            self.ask(own!("select set_config($1, $2, true)"), &[name, value]).await?;
        }
        Ok(version)
    }

    /// A question with texts for parameters. It goes without a name, since it should take no place
    /// among the statements that the service has prepared.
    pub(super) async fn ask(
        &self,
        sql: &'static str,
        texts: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, DbError> {
        let typed: Vec<_> = texts.iter().map(|text| (*text, Type::TEXT)).collect();
        self.ask_typed(sql, &typed).await
    }

    pub(super) async fn ask_typed(
        &self,
        sql: &'static str,
        typed: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<tokio_postgres::Row>, DbError> {
        let call = Call::at(sql, &[], self.call_site);
        let client = self.lease.connection()?.client();
        call.fly(self.lease, client.query_typed(sql, typed), |rows| rows.len() as u64).await
    }

    /// Takes all back, however it went.
    pub(super) async fn end<T>(mut self, outcome: Result<T, DbError>) -> Result<T, DbError> {
        let undone = Call::at(self.undo, &[], self.call_site).control(self.lease).await;
        self.open = undone.is_err();
        let answer = outcome?;
        undone?;
        Ok(answer)
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        if self.open {
            self.lease.abandon();
        }
    }
}
