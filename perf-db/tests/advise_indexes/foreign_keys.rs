//! Foreign keys without an index, and with another type than what they refer to.

use perf_core::FindingKind;
use perf_core::finding::Severity;

use super::{Advice, evidence};

const UNINDEXED: FindingKind = FindingKind::UnindexedForeignKey;
const OF_TYPE: FindingKind = FindingKind::ForeignKeyType;

/// Shops, and orders of them that refer to a shop by `shop`.
const ORDERS: &str = "create table shop (id int primary key);
    insert into shop select generate_series(1, 200);
    create table \"Order\" (id int primary key, shop int references shop, kind int);
    insert into \"Order\" select i, i % 100 + 1, i from generate_series(1, 20000) i;";

#[tokio::test]
async fn a_foreign_key_without_an_index_is_found_and_the_index_ends_it() {
    let database = testbed::database();
    database.sql(&format!("{ORDERS} analyze")).unwrap();
    let advice = Advice::of(&database).await;
    let finding = advice.find("unindexed_foreign_key:public.Order.Order_shop_fkey");
    assert_eq!(finding.severity, Severity::Info);
    database.sql("delete from shop where id > 150").unwrap();
    let advice = Advice::of(&database).await;
    let finding = advice.find("unindexed_foreign_key:public.Order.Order_shop_fkey");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(evidence(finding, "rows deleted there"), "50");
    let code = finding.remedy.code.as_deref().unwrap();
    assert_eq!(code, "create index concurrently on public.\"Order\" (shop)");
    database.sql(code).unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNINDEXED), [""; 0]);
}

#[tokio::test]
async fn a_partial_index_and_one_with_another_column_in_front_do_not_cover_it() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ORDERS}
             create index of_some on \"Order\" (shop) where kind > 5;
             create index behind on \"Order\" (kind, shop);
             create index by_brin on \"Order\" using brin (shop);
             create index carried on \"Order\" (kind) include (shop);
             create index of_others on \"Order\" (shop) where shop is not null and kind is not null;
             analyze"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    let finding = advice.find("unindexed_foreign_key:public.Order.Order_shop_fkey");
    assert_eq!(evidence(finding, "not enough"), "of_others has only some of the rows");
}

#[tokio::test]
async fn an_index_that_finds_the_rows_covers_it_in_whatever_order() {
    let database = testbed::database();
    database
        .sql(
            "create table shop (id int, place int, primary key (id, place));
             create table item (a int, b int, c int, d int, e int,
                 foreign key (a, b) references shop, foreign key (c, d) references shop);
             create table stock (a int, b int, foreign key (a, b) references shop);
             create table one (a int, b int, foreign key (a, b) references shop);
             create index on item (b, a, e);
             create index on item (c, d) where c is not null and d is not null;
             create unique index on one (b);
             create index on stock (a, b)",
        )
        .unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNINDEXED), [""; 0]);
    database.sql("drop index stock_a_b_idx; create index on stock (a)").unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNINDEXED), ["public.stock.stock_a_b_fkey"]);
}

#[tokio::test]
async fn a_partitioned_table_is_covered_by_the_indexes_of_all_its_parts() {
    let database = testbed::database();
    database
        .sql(
            "create table shop (id int primary key);
             create table event (shop int references shop, at date) partition by range (at);
             create table event_a partition of event for values from ('2026-01-01') to ('2026-02-01');
             create table event_b partition of event for values from ('2026-02-01') to ('2026-03-01');
             create index on event_a (shop)",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(UNINDEXED), ["public.event.event_shop_fkey"]);
    let finding = advice.find("unindexed_foreign_key:public.event.event_shop_fkey");
    database.sql("create index on event_b (shop)").unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNINDEXED), [""; 0]);

    database.sql("drop index event_a_shop_idx; drop index event_b_shop_idx").unwrap();
    for statement in finding.remedy.code.as_deref().unwrap().split(';') {
        database.sql(statement).unwrap();
    }
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(UNINDEXED), [""; 0]);
    assert_eq!(advice.keys(FindingKind::InvalidIndex), [""; 0]);
}

#[tokio::test]
async fn a_small_table_needs_no_index_for_its_foreign_key() {
    let database = testbed::database();
    database
        .sql(
            "create table shop (id int primary key); insert into shop values (1);
             create table door (shop int references shop);
             insert into door select 1 from generate_series(1, 100); analyze",
        )
        .unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNINDEXED), [""; 0]);
}

#[tokio::test]
async fn a_foreign_key_of_another_type_is_found_and_worse_where_it_is_converted() {
    let database = testbed::database();
    database
        .sql(
            "create domain number as bigint;
             create table shop (id bigint primary key, code numeric unique, name text unique);
             create table door (
                 narrow int references shop, same number references shop,
                 converted int references shop (code), named varchar(20) references shop (name));
             create index on door (narrow); create index on door (same);
             create index on door (converted); create index on door (named)",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(
        advice.keys(OF_TYPE),
        ["public.door.door_converted_fkey.converted", "public.door.door_narrow_fkey.narrow"]
    );
    let narrow = advice.find("foreign_key_type:public.door.door_narrow_fkey.narrow");
    assert_eq!((evidence(narrow, "type"), evidence(narrow, "type there")), ("integer", "bigint"));
    assert_eq!(narrow.severity, Severity::Info);
    let converted = advice.find("foreign_key_type:public.door.door_converted_fkey.converted");
    assert_eq!(converted.severity, Severity::Warning);
    for finding in [narrow, converted] {
        database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    }
    assert_eq!(Advice::of(&database).await.keys(OF_TYPE), [""; 0]);
}
