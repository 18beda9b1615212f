use std::pin::pin;

use futures_util::{Stream, StreamExt, stream};
use perf_core::CallSite;

use super::encoder::Encoder;
use super::frame::Frame;
use super::insert::InsertMany;
use super::insert_job::Insert;
use super::inserted::Inserted;
use super::job::Job;
use super::load::{self, Written};
use super::record::Record;
use crate::error::DbError;
use crate::executor::Executor;
use crate::statement::{Call, Loan};

/// An [`InsertMany`] that goes on after a part that failed.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until it is run"]
pub struct ContinuedInsert {
    pub(super) insert: InsertMany,
    pub(super) rows: usize,
}

/// What became of the parts of a [`ContinuedInsert`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Continued {
    /// The parts that were written.
    pub written: Inserted,
    /// Rows of parts that failed, and rows that do not fit the table. Nothing of them is written.
    pub failed_rows: u64,
    /// Why the first of them failed.
    pub first_error: Option<DbError>,
}

impl ContinuedInsert {
    /// Writes part after part. Each is committed for itself; within a transaction of yours each is
    /// kept or undone for itself, and lasts when that commits.
    ///
    /// A row that does not fit the table is left out of its part.
    ///
    /// # Errors
    /// When names do not fit the table, no connection is to be had, or it broke: the parts before
    /// are written then.
    ///
    /// # Cancel safety
    /// Dropping the future keeps the parts before; whether the last one is written is not known.
    ///
    /// # Cost
    /// One statement for each part of at most 5,000 rows, and two more within a transaction.
    #[track_caller]
    pub fn run<R, I>(
        &self,
        to: &impl Executor,
        rows: I,
    ) -> impl Future<Output = Result<Continued, DbError>> + Send
    where
        R: Record + Send,
        I: IntoIterator<Item = R, IntoIter: Send>,
    {
        self.run_stream(to, stream::iter(rows))
    }

    /// As [`run`](Self::run), with rows that come over time.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    /// As [`run`](Self::run).
    ///
    /// # Cost
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn run_stream<R: Record + Send>(
        &self,
        to: &impl Executor,
        rows: impl Stream<Item = R> + Send,
    ) -> impl Future<Output = Result<Continued, DbError>> + Send {
        let call_site = CallSite::here();
        async move {
            let job = Insert::of(&self.insert)?;
            to.admit(&Call::at(job.sql("input", false)?, &[], call_site))?;
            let mut rows = pin!(rows);
            let Some(first) = rows.next().await else { return Ok(Continued::default()) };
            let loan = to.lend(call_site).await?;
            let columns = to.noted(load::columns(&job, &loan, call_site).await);
            let columns = columns.map_err(|error| load::explained(&job, error))?;
            let most = (self.rows.max(1) as u64).min(load::most_rows(&job, &columns));
            let mut encoder = Encoder::new(columns, false);
            let parts = to.write_over(&loan);
            let mut outcome = Continued::default();
            let (mut next, mut row) = (Some(first), 0);
            while let Some(record) = next {
                row += 1;
                if let Err(reason) = encoder.add(&record) {
                    outcome.failed_rows += 1;
                    outcome.first_error.get_or_insert(reason.in_row(row).into());
                }
                drop(record);
                next = rows.next().await;
                let is_full = encoder.rows() == most || encoder.is_full();
                if encoder.rows() > 0 && (is_full || next.is_none()) {
                    let part = write(&job, &loan, call_site, &encoder).await;
                    outcome.note(&job, part, encoder.rows())?;
                    encoder.clear();
                }
            }
            parts.done(&loan).await;
            Ok(outcome)
        }
    }
}

impl Continued {
    fn note(
        &mut self,
        job: &Insert,
        part: Result<Written, DbError>,
        rows: u64,
    ) -> Result<(), DbError> {
        match part {
            Ok(written) => self.written += job.counts(&written),
            Err(error) if error.code().is_none() || error.is_connection() => return Err(error),
            Err(error) => {
                self.failed_rows += rows;
                self.first_error.get_or_insert(error);
            }
        }
        Ok(())
    }
}

async fn write(
    job: &Insert,
    loan: &Loan<'_>,
    call_site: CallSite,
    encoder: &Encoder,
) -> Result<Written, DbError> {
    if !loan.in_transaction() {
        return load::in_one_statement(job, loan, call_site, encoder).await;
    }
    let frame = Frame::begin(loan, call_site).await?;
    frame.end(load::in_one_statement(job, loan, call_site, encoder).await).await
}
