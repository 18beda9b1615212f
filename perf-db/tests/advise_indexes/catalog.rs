//! What is read of the catalog.

use std::time::Duration;

use perf_db::Db;
use perf_db::advise::{Advisor, ReplicaIdentity, Schema, TableKind};

async fn schema_of(database: &testbed::Database) -> Schema {
    Advisor::connect(database.url()).await.unwrap().schema().await.unwrap()
}

#[tokio::test]
async fn a_table_is_read_with_all_that_belongs_to_it() {
    let database = testbed::database();
    database
        .sql(
            "create schema shop; create table shop.customer (id bigint primary key, email text);
             create domain price as numeric(10, 2);
             create type state as enum ('open', 'paid');
             create table shop.\"Order\" (
                 id bigint generated always as identity primary key, gone int,
                 customer_id bigint references shop.customer, name varchar(40) not null,
                 price price, state state, tags text[], at point, data json, lines int4range);
             alter table shop.\"Order\" drop column gone;
             create unique index by_name on shop.\"Order\" (lower(name) desc, price)
                 include (state) nulls not distinct where state = 'open';
             insert into shop.\"Order\" (name, price) select 'n' || i, i from generate_series(1, 1000) i;
             analyze",
        )
        .unwrap();
    let schema = schema_of(&database).await;
    assert_eq!((schema.server_version / 10_000, schema.is_replica), (15, false));
    assert_eq!((schema.block_bytes, schema.tables_left_out), (8_192, 0));
    assert_eq!(schema.search_path, ["public"]);
    assert!(schema.find(None, "Order").is_none());
    let order = schema.find(Some("shop"), "Order").unwrap();
    assert_eq!(
        (order.kind, order.rows, order.replica_identity),
        (TableKind::Table, Some(1_000.0), ReplicaIdentity::Default)
    );
    assert!(order.bytes > 8_192);

    let columns: Vec<(i16, &str, &str, bool, bool)> = order
        .columns
        .iter()
        .map(|c| (c.number, &*c.name, &*c.type_name, c.is_nullable, c.is_sortable))
        .collect();
    assert_eq!(
        columns,
        [
            (1, "id", "bigint", false, true),
            (3, "customer_id", "bigint", true, true),
            (4, "name", "character varying(40)", false, true),
            (5, "price", "price", true, true),
            (6, "state", "shop.state", true, true),
            (7, "tags", "text[]", true, true),
            (8, "at", "point", true, false),
            (9, "data", "json", true, false),
            (10, "lines", "int4range", true, true),
        ]
        .map(|(number, name, type_name, is_nullable, is_sortable)| {
            (
                number,
                name,
                if name == "state" { "state" } else { type_name },
                is_nullable,
                is_sortable,
            )
        })
    );
    let id = order.column_named("id").unwrap().statistics.unwrap();
    assert_eq!((id.distinct, id.null_share, id.correlation), (-1.0, 0.0, Some(1.0)));

    let [primary, by_name] = &*order.indexes else { panic!("{:?}", order.indexes) };
    assert!(primary.is_primary && primary.is_of_constraint && primary.is_unique);
    assert_eq!(primary.keys[0].column, Some(1));
    assert!(by_name.is_unique && by_name.nulls_are_equal && !by_name.is_of_constraint);
    assert_eq!(by_name.keys[0].column, None);
    assert_eq!(by_name.keys[0].expression.as_deref(), Some("lower((name)::text)"));
    assert!(by_name.keys[0].is_descending && by_name.keys[0].nulls_first);
    assert_eq!((by_name.keys[1].column, &*by_name.included), (Some(5), &[6][..]));
    assert!(by_name.predicate.as_deref().unwrap().contains("state = 'open'"));
    assert!(by_name.definition.starts_with("CREATE UNIQUE INDEX by_name ON shop.\"Order\""));
    assert_eq!(by_name.method, "btree");

    let shown = format!("{schema:?}");
    assert!(shown.contains("by_name") && !shown.contains("'open'"), "{shown}");

    let [key] = &*order.foreign_keys else { panic!("{:?}", order.foreign_keys) };
    assert_eq!(schema.table(key.target).unwrap().name, "customer");
    assert_eq!((&*key.columns, &*key.target_columns), (&[3][..], &[1][..]));
    assert!(order.activity.analyzed_ago.unwrap() < Duration::from_secs(600));
    assert_eq!(order.activity.vacuumed_ago, None);
}

#[tokio::test]
async fn a_partitioned_table_holds_what_its_parts_hold() {
    let database = testbed::database();
    database
        .sql(
            "create table event (id bigint, at date, primary key (id, at)) partition by range (at);
             create table event_a partition of event for values from ('2026-01-01') to ('2026-02-01');
             create table event_b partition of event for values from ('2026-02-01') to ('2026-03-01')
                 partition by range (at);
             create table event_b1 partition of event_b
                 for values from ('2026-02-01') to ('2026-03-01');
             insert into event select i, date '2026-01-01' + i % 50 from generate_series(1, 5000) i;
             analyze",
        )
        .unwrap();
    let schema = schema_of(&database).await;
    let whole = schema.find(None, "event").unwrap();
    assert_eq!((whole.kind, whole.rows), (TableKind::Partitioned, Some(5_000.0)));
    let parts = ["event_a", "event_b1"].map(|name| schema.find(None, name).unwrap());
    assert_eq!(whole.bytes, parts[0].bytes + parts[1].bytes);
    assert_eq!(schema.table(parts[1].partition_of.unwrap()).unwrap().name, "event_b");
    assert_eq!(whole.indexes[0].bytes, parts[0].indexes[0].bytes + parts[1].indexes[0].bytes);
    assert!(whole.indexes[0].bytes > 0 && parts[0].indexes[0].partition_of.is_some());
    assert!(whole.column_named("id").unwrap().statistics.is_some());
}

#[tokio::test]
async fn what_was_never_analysed_has_no_rows_and_no_statistics() {
    let database = testbed::database();
    database
        .sql(
            "create table item (id int) with (autovacuum_enabled = off);
             insert into item select generate_series(1, 100);
             create temporary table fleeting (id int); create table bare (id int); analyze bare",
        )
        .unwrap();
    let schema = schema_of(&database).await;
    let item = schema.find(None, "item").unwrap();
    assert_eq!((item.rows, item.activity.analyzed_ago), (None, None));
    assert!(item.columns[0].statistics.is_none());
    assert_eq!(schema.find(None, "bare").unwrap().rows, Some(0.0));
    assert_eq!(schema.tables.len(), 2, "{:?}", schema.tables);
}

#[tokio::test]
async fn a_user_without_a_privilege_sees_the_tables_without_samples() {
    let database = testbed::database();
    let role = format!("{}_stranger", database.name());
    database
        .sql(&format!(
            "create schema secret; create table secret.item (id int primary key, tags int[]);
             insert into secret.item select generate_series(1, 100); analyze;
             create role {role} login"
        ))
        .unwrap();
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let schema = Advisor::connect(&url).await.unwrap().schema().await.unwrap();
    let item = schema.find(Some("secret"), "item").unwrap();
    assert_eq!((item.rows, item.indexes.len()), (Some(100.0), 1));
    assert!(item.columns[0].statistics.is_none() && item.columns[0].is_sortable);
    assert!(item.bytes > 0);
    drop(database.sql(&format!("drop role {role}")));
}

#[tokio::test]
async fn a_table_that_somebody_holds_for_himself_does_not_stop_the_look() {
    let database = testbed::database();
    database
        .sql(
            "create table item (id int primary key, name text); create index on item (name) \
             where id > 5; insert into item select i, i::text from generate_series(1, 1000) i",
        )
        .unwrap();
    database.sql("vacuum analyze item").unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let holder = db.transaction().await.unwrap();
    perf_db::Executor::execute(&holder, "lock table item", &[]).await.unwrap();
    let schema = schema_of(&database).await;
    let item = schema.find(None, "item").unwrap();
    assert!(item.bytes >= 8_192 && item.indexes.iter().all(|index| index.bytes >= 8_192));
    assert!(item.indexes.iter().any(|index| index.is_partial()));
    holder.rollback().await.unwrap();
}

#[tokio::test]
async fn behind_a_pooler_that_gives_each_transaction_another_connection_all_is_read() {
    let postgres = testbed::Postgres::start().unwrap();
    let database = postgres.database().unwrap();
    database
        .sql("create table item (id int primary key, name text); create index on item (name); analyze")
        .unwrap();
    let pooler = testbed::Pgbouncer::start(&postgres, &[("default_pool_size", "3")]).unwrap();
    let advisor = Advisor::connect(&pooler.url_of(database.name())).await.unwrap();
    let schema = advisor.schema().await.unwrap();
    assert_eq!(schema.find(None, "item").unwrap().indexes.len(), 2);
    let advice = super::Advice::by(&advisor, &schema, &[], &Default::default()).await;
    assert_eq!(advice.findings.len(), 0, "{:?}", advice.findings);
}
