//! A schema with nothing wrong.

use super::Advice;

/// Tables with parts, keys of several columns, expressions, and all sorts of indexes: what a rule
/// may take for a fault.
#[tokio::test]
async fn a_clean_schema_has_no_finding() {
    let database = testbed::database();
    let read =
        "select count(*) from line where item = 7; select count(*) from item where name = 'n7';
        select count(*) from item where lower(name) = 'n7';
        select count(*) from item where shop = 7 and at > '2026-01-10' and at < '2026-01-11';
        select count(*) from event where shop = 7;";
    database
        .sql(&format!(
            "create table shop (id bigint generated always as identity primary key, name text unique);
             insert into shop (name) select 's' || i from generate_series(1, 1000) i;
             create table item (
                 id bigint generated always as identity primary key,
                 shop bigint not null references shop, name varchar(40) not null, kind text,
                 at timestamptz not null);
             insert into item (shop, name, kind, at)
                 select i % 1000 + 1, 'n' || i, 'k' || i % 10,
                     timestamptz '2026-01-01' + i * interval '1 min'
                 from generate_series(1, 20000) i;
             create index on item (shop, at desc);
             create index on item (name);
             create index on item (lower(name));
             create table line (
                 invoice bigint, number int, item bigint not null references item,
                 primary key (invoice, number));
             insert into line select i / 3, i % 3, i % 20000 + 1 from generate_series(1, 20000) i;
             create index on line (item);
             create table event (id bigint generated always as identity, shop bigint references shop,
                 at date, primary key (id, at)) partition by range (at);
             create table event_a partition of event for values from ('2026-01-01') to ('2026-02-01');
             create table event_b partition of event for values from ('2026-02-01') to ('2026-03-01');
             create index on event (shop);
             insert into event (shop, at) select i % 1000 + 1, date '2026-01-01' + i % 50
                 from generate_series(1, 20000) i;
             create materialized view shops as select shop, count(*) from item group by shop;
             create unique index on shops (shop);
             analyze;
             set enable_seqscan = off; {}",
            read.repeat(60)
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.findings.len(), 0, "{:#?}", advice.findings);
}
