//! Two hundred thousand rows for one table, by each way there is.

use std::pin::pin;
use std::time::{Duration, Instant};

use perf_db::Db;
use perf_db::batch::InsertMany;
use sqlx::{PgPool, QueryBuilder};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls};

use super::one_core::on_one_core;
use super::{Bench, Measured};
use crate::paired::{Effort, measure_uneven};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "batch_insert", run };

const ROWS: i64 = 200_000;

/// A row by itself takes so long that a hundredth of them must do.
const ONE_BY_ONE: i64 = ROWS / 100;

/// Rows of one array; all of them in one would be a message of some 10 MB.
const UNNESTED: usize = 10_000;

fn run(effort: Effort) -> Measured {
    on_one_core(effort, on_this_core)
}

fn on_this_core(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let database = testbed::database();
    // Without an index, whose upkeep would be most of the time and the same for everybody.
    database.sql("create table product (id int8, name text, price float8, stock int4)")?;
    let db = runtime.block_on(Db::connect(database.url()))?;
    let (client, connection) = runtime.block_on(tokio_postgres::connect(database.url(), NoTls))?;
    runtime.spawn(connection);
    let rounds = measure_uneven(
        effort,
        [
            Box::new(|times| timed(&runtime, &client, times, || ours(&db))),
            Box::new(|times| timed(&runtime, &client, times, || copy(&client))),
        ],
    );
    // The goal is 0.9 times the rows in the same time.
    let copied = Row::of("200 k rows, raw binary COPY", &rounds, Goal::Ratio(1.11));
    let batch = timed(&runtime, &client, 1, || ours(&db));
    let unnested = timed(&runtime, &client, 1, || unnest(&client));
    let pool = runtime.block_on(PgPool::connect(database.url()))?;
    let built = timed(&runtime, &client, 1, || query_builder(&pool));
    let inserted = timed(&runtime, &client, 1, || insert(&client)) * 100;
    Ok(vec![
        copied,
        Row::once("200 k rows, UNNEST of 10 k each", batch, unnested, Goal::Shown),
        Row::once("200 k rows, sqlx QueryBuilder", batch, built, Goal::Ratio(1.0)),
        Row::once("200 k rows, loop of INSERT", batch, inserted, Goal::Shown),
    ])
}

/// Only the writing: the table is emptied before.
fn timed<F: Future<Output = ()>>(
    runtime: &Runtime,
    client: &Client,
    times: u64,
    write: impl Fn() -> F,
) -> Duration {
    runtime.block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            client.batch_execute("truncate product").await.expect("an empty table");
            let started = Instant::now();
            write().await;
            spent += started.elapsed();
        }
        spent
    })
}

fn products() -> impl Iterator<Item = (i64, String, f64, i32)> {
    (0..ROWS).map(|id| (id, format!("product {id}"), id as f64 * 0.25, (id % 100) as i32))
}

async fn ours(db: &Db) {
    let insert = InsertMany::into("product", ["id", "name", "price", "stock"]);
    let written = insert.run(db, products()).await.expect("rows that fit");
    assert_eq!(written.inserted, ROWS as u64);
}

async fn copy(client: &Client) {
    let sql = "copy product (id, name, price, stock) from stdin binary";
    let sink = client.copy_in(sql).await.expect("a table to copy into");
    let types = [Type::INT8, Type::TEXT, Type::FLOAT8, Type::INT4];
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for (id, name, price, stock) in products() {
        let row: [&(dyn ToSql + Sync); 4] = [&id, &name, &price, &stock];
        writer.as_mut().write(&row).await.expect("a row that fits");
    }
    assert_eq!(writer.finish().await.expect("rows that fit"), ROWS as u64);
}

async fn unnest(client: &Client) {
    let sql = "insert into product select * from unnest($1::int8[], $2::text[], $3::float8[], $4::int4[])";
    let statement = client.prepare(sql).await.expect("valid SQL");
    let rows: Vec<_> = products().collect();
    for part in rows.chunks(UNNESTED) {
        let ids: Vec<i64> = part.iter().map(|row| row.0).collect();
        let names: Vec<&str> = part.iter().map(|row| row.1.as_str()).collect();
        let prices: Vec<f64> = part.iter().map(|row| row.2).collect();
        let stock: Vec<i32> = part.iter().map(|row| row.3).collect();
        let sent = client.execute(&statement, &[&ids, &names, &prices, &stock]).await;
        sent.expect("rows that fit");
    }
}

/// As many rows in a statement as PostgreSQL takes parameters.
async fn query_builder(pool: &PgPool) {
    let rows: Vec<_> = products().collect();
    for part in rows.chunks(usize::from(u16::MAX) / 4) {
        let mut query = QueryBuilder::new("insert into product (id, name, price, stock) ");
        query.push_values(part, |mut row, (id, name, price, stock)| {
            row.push_bind(id).push_bind(name).push_bind(price).push_bind(stock);
        });
        query.build().execute(pool).await.expect("rows that fit");
    }
}

async fn insert(client: &Client) {
    let sql = "insert into product values ($1, $2, $3, $4)";
    let statement = client.prepare(sql).await.expect("valid SQL");
    for (id, name, price, stock) in products().take(ONE_BY_ONE as usize) {
        let sent = client.execute(&statement, &[&id, &name, &price, &stock]).await;
        sent.expect("a row that fits");
    }
}
