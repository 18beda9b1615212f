//! Many rows, by `COPY … FROM STDIN BINARY`, with a buffer's worth of them in memory.

use std::pin::{Pin, pin};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{SinkExt, Stream, StreamExt};
use perf_core::CallSite;
use tokio_postgres::Client;

use super::encoder::Encoder;
use super::job::Job;
use super::load::{self, Written};
use super::record::Record;
use super::shape::{self, refused};
use crate::error::{DbError, Reason};
use crate::pool::Lease;
use crate::statement::{Call, Parameters};

/// Signature, flags and length of the header's extension (PostgreSQL manual, COPY, "Binary Format").
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Bytes of one message: large enough that the hand-over to the connection's task costs nothing.
const MESSAGE_BYTES: usize = 64 << 10;

const TEMPORARY: &str = "pg_temp.perf_db_batch";

/// Straight into the table. Must run in a transaction.
pub(super) async fn into_table<R: Record + Send>(
    job: &impl Job,
    lease: &Lease,
    call_site: CallSite,
    encoder: &mut Encoder,
    source: Pin<&mut (impl Stream<Item = R> + Send)>,
) -> Result<Written, DbError> {
    let shape = job.shape();
    check_types(job, lease, call_site, encoder).await?;
    let sql = format!("copy {} ({}) from stdin binary", shape.table, shape.quoted_columns()?);
    let affected = send(job, lease, Call::at(sql, &[], call_site), encoder, source).await?;
    Ok(Written { rows: encoder.rows(), affected, answer: Vec::new() })
}

/// Into a table that nobody else sees, and from there by a statement. Must run in a transaction.
pub(super) async fn through_temporary_table<R: Record + Send>(
    job: &impl Job,
    lease: &Lease,
    call_site: CallSite,
    encoder: &mut Encoder,
    source: Pin<&mut (impl Stream<Item = R> + Send)>,
) -> Result<Written, DbError> {
    let mut columns = String::new();
    for (place, column) in encoder.columns.iter().enumerate() {
        columns += &format!("c{place} {}, ", shape::type_name(&column.ty)?);
    }
    let create =
        format!("create temporary table perf_db_batch ({columns}position int8) on commit drop");
    Call::at(create, &[], call_site).control(lease).await?;
    let copy = Call::at(format!("copy {TEMPORARY} from stdin binary"), &[], call_site);
    send(job, lease, copy, encoder, source).await?;
    // Of a table that is filled and asked once the planner knows nothing by itself.
    Call::at(format!("analyze {TEMPORARY}"), &[], call_site).control(lease).await?;
    let source = format!("{TEMPORARY} as input");
    let call = Call::at(job.sql(&source, encoder.has_null_keys())?, &[], call_site);
    let client = lease.connection()?.client();
    let exchange = async {
        // Not kept: it is of use for as long as this temporary table.
        let stream = client.query_typed_raw::<&str, _>(call.sql().text(), []).await?;
        load::answer(stream, encoder.rows()).await
    };
    let written = call.fly(lease, exchange, |written| written.rows).await?;
    // A transaction of the user's may bring another batch.
    Call::at(format!("drop table {TEMPORARY}"), &[], call_site).control(lease).await?;
    Ok(written)
}

/// Binary `COPY` believes the types that it is told: a `bigint` for what has become a `double
/// precision` would be read as one. Asking within the transaction keeps the table as it is until
/// the end.
async fn check_types(
    job: &impl Job,
    lease: &Lease,
    call_site: CallSite,
    encoder: &Encoder,
) -> Result<(), DbError> {
    let call = Call::at(job.shape().question()?, &[], call_site);
    let client = lease.connection()?.client();
    let statement = call.fly(lease, client.prepare(call.sql().text()), |_| 0).await?;
    let now = load::described(job, &statement);
    if now.iter().map(|column| &column.ty).eq(encoder.columns.iter().map(|column| &column.ty)) {
        return Ok(());
    }
    let table = &job.shape().table;
    Err(refused(format!("the columns of {table} have changed since the batch began: run it again")))
}

/// What is encoded and all that follows; gives the number of rows that the server took.
async fn send<R: Record + Send>(
    job: &impl Job,
    lease: &Lease,
    call: Call<'_>,
    encoder: &mut Encoder,
    source: Pin<&mut (impl Stream<Item = R> + Send)>,
) -> Result<u64, DbError> {
    let client = lease.connection()?.client();
    let digest = encoder.digest();
    let parameters: &Parameters<'_> = &[&digest];
    let call = call.told_apart_by(parameters);
    let exchange = stream(job, client, call.sql().text(), encoder, source);
    let sent = call.fly(lease, exchange, |sent| *sent.as_ref().unwrap_or(&0)).await?;
    Ok(sent?)
}

async fn stream<R: Record + Send>(
    job: &impl Job,
    client: &Client,
    sql: &str,
    encoder: &mut Encoder,
    mut source: Pin<&mut (impl Stream<Item = R> + Send)>,
) -> Result<Result<u64, Reason>, tokio_postgres::Error> {
    let mut sink = pin!(client.copy_in::<_, Bytes>(sql).await?);
    sink.send(Bytes::from_static(HEADER)).await?;
    while let Some(record) = source.next().await {
        // Dropping the sink makes the server undo the COPY.
        if let Err(reason) = load::add(job, encoder, &record) {
            return Ok(Err(reason));
        }
        drop(record);
        if encoder.buffered_bytes() >= MESSAGE_BYTES {
            sink.send(encoder.take()).await?;
        }
    }
    let mut rest = BytesMut::from(encoder.take());
    rest.put_slice(TRAILER);
    sink.send(rest.freeze()).await?;
    sink.finish().await.map(Ok)
}
