//! A shop: tables of 20,000 rows, one that is said to have many, and two that are small.

use perf_core::Finding;
use perf_db::advise::lint::Linter;
use perf_db::advise::{Advisor, Schema};
use testbed::Database;
use tokio::sync::OnceCell;

const TABLES: &str = include_str!("shop.sql");

const ROWS: &str = "
    insert into category select i, 'c' || i from generate_series(1, 50) i;
    insert into setting values ('a', '1', now()), ('b', '2', now());
    insert into customer (email, name, country, referrer, created, born, login, score)
        select 'e' || i || '@x.org', 'Name' || i % 5000, case i % 4 when 0 then 'de' else 'at' end,
               nullif(i / 2, 0), timestamptz '2026-01-01' + i * interval '10 minutes',
               date '1960-01-01' + i % 15000, 'Login' || i, i % 100
        from generate_series(1, 20000) i;
    insert into orders
            (customer_id, number, status, total, created, shipped, coupon_id, note, channel)
        select 1 + i * 7 % 20000, 'n' || i, case i % 10 when 0 then 'open' else 'done' end,
               i % 1000 / 10.0, timestamptz '2026-01-01' + i * interval '10 minutes',
               timestamp '2026-01-02' + i * interval '10 minutes', nullif(i % 5, 0), 'note ' || i,
               i % 3
        from generate_series(1, 20000) i;
    insert into product
        select i, 'product ' || md5(i::text), 's' || i, nullif(i % 50, 0), i % 700, i % 800,
               jsonb_build_object('brand', 'b' || i % 900, 'size', i % 90), 'text ' || i
        from generate_series(1, 20000) i;
    insert into item (order_id, product_id, quantity, price)
        select 1 + i % 20000, 1 + i * 3 % 20000, 1 + i % 3, i % 100 from generate_series(1, 20000) i;
    insert into log select i, now(), 'x' from generate_series(1, 2000) i;
    analyze;
    update pg_class set reltuples = 5000000 where relname = 'log';";

pub(crate) struct Shop {
    pub(crate) database: Database,
    pub(crate) schema: Schema,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let database = testbed::database();
        database.sql(TABLES).unwrap();
        database.sql(ROWS).unwrap();
        let mut shop = Self { database, schema: Schema::default() };
        shop.look_again().await;
        shop
    }

    pub(crate) async fn look_again(&mut self) {
        let advisor = Advisor::connect(self.database.url()).await.unwrap();
        self.schema = advisor.schema().await.unwrap();
    }
}

/// The shop's schema, read once for all tests that need no more.
pub(crate) async fn schema() -> &'static Schema {
    static SCHEMA: OnceCell<Schema> = OnceCell::const_new();
    SCHEMA.get_or_init(async || Shop::open().await.schema).await
}

pub(crate) fn lint(schema: &Schema, sql: &str) -> Vec<Finding> {
    Linter::new(schema).lint(sql)
}

/// The kinds of what is found, in the order of the rules.
pub(crate) fn kinds(schema: &Schema, sql: &str) -> Vec<&'static str> {
    lint(schema, sql).iter().map(|finding| finding.kind.as_str()).collect()
}
