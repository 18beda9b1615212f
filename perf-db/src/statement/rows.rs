use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use perf_core::EventOutcome;
use tokio_postgres::RowStream;

use super::in_flight::InFlight;
use super::{Call, Dispatch, Loan};
use crate::error::DbError;
use crate::router::UnsettledWrite;
use crate::row::Row;

/// The rows of a statement one by one; made by [`Executor::stream`](crate::Executor::stream).
///
/// After an error there are no more rows.
///
/// # Cancel safety
/// Dropped before its end it cancels the statement on the server and closes the connection, and so
/// ends a transaction or session that the connection belongs to.
#[must_use = "a stream reads nothing until it is polled, and holds a connection until it is dropped"]
pub struct Rows<'a>(BoxStream<'a, Result<Row, DbError>>);

impl<'a> Rows<'a> {
    /// Sends the statement and waits for the server to accept it.
    pub(crate) async fn open<D: Dispatch + ?Sized>(
        executor: &'a D,
        call: Call<'_>,
    ) -> Result<Self, DbError> {
        let loan = executor.lend(call.call_site()).await?;
        loan.connection()?;
        let write = if executor.may_write(&call) {
            executor.write_over(&loan)
        } else {
            UnsettledWrite::without_mark()
        };
        let flight = InFlight::new(&call, loan);
        match call.open(&flight.lease).await {
            Ok(answer) => {
                let call = Call { parameters: &[], ..call };
                let answer = Box::pin(answer);
                let reading = Reading { executor, call, flight, write, answer };
                Ok(Self(stream::unfold(Some(reading), Reading::next).fuse().boxed()))
            }
            Err(failure) => {
                let error = call.failed(&flight.lease, failure);
                write.failed(&flight.lease);
                flight.landed(EventOutcome::Error, 0);
                executor.noted(Err(error))
            }
        }
    }
}

struct Reading<'a, D: ?Sized> {
    executor: &'a D,
    call: Call<'static>,
    flight: InFlight<Loan<'a>>,
    write: UnsettledWrite<'a>,
    answer: Pin<Box<RowStream>>,
}

impl<D: Dispatch + ?Sized> Reading<'_, D> {
    async fn next(reading: Option<Self>) -> Option<(Result<Row, DbError>, Option<Self>)> {
        let mut reading = reading?;
        match reading.answer.next().await {
            Some(Ok(row)) => {
                reading.flight.rows += 1;
                Some((Ok(Row::new(row)), Some(reading)))
            }
            Some(Err(source)) => {
                let Self { executor, call, flight, write, .. } = reading;
                let error = call.failed(&flight.lease, source.into());
                write.failed(&flight.lease);
                let rows = flight.rows;
                flight.landed(EventOutcome::Error, rows);
                Some((executor.noted(Err(error)), None))
            }
            None => {
                reading.end().await;
                None
            }
        }
    }

    async fn end(self) {
        let Self { flight, write, .. } = self;
        write.done(&flight.lease).await;
        let rows = flight.rows;
        flight.landed(EventOutcome::Ok, rows);
    }
}

impl Stream for Rows<'_> {
    type Item = Result<Row, DbError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}
