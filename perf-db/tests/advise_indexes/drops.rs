//! Indexes that nobody reads.

use perf_core::FindingKind;
use perf_core::finding::Severity;
use perf_db::advise::Advisor;
use testbed::PostgresReplicas;

use super::{Advice, DAY, ITEMS, evidence};

const UNUSED: FindingKind = FindingKind::UnusedIndex;

#[tokio::test]
async fn an_index_that_nobody_reads_is_found_with_its_size_and_the_statement_that_drops_it() {
    let database = testbed::database();
    database.sql(&format!("{ITEMS} create index by_name on item (name); analyze")).unwrap();
    let advice = Advice::of(&database).await;
    let finding = advice.find("unused_index:public.by_name");
    assert_eq!(finding.subject, "index public.by_name");
    assert_eq!(evidence(finding, "scans"), "0");
    assert_eq!(evidence(finding, "counted for"), "8.0 days");
    assert!(evidence(finding, "size").ends_with("KiB"), "{finding:?}");
    assert!(evidence(finding, "proof").starts_with("not proven"), "{finding:?}");
    assert_eq!(finding.severity, Severity::Info);
    let code = finding.remedy.code.as_deref().unwrap();
    assert_eq!(code, "drop index concurrently public.by_name");
    database.sql(code).unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNUSED), [""; 0]);
}

#[tokio::test]
async fn nothing_is_said_before_the_counters_are_a_week_old_but_how_long_that_takes() {
    let database = testbed::database();
    database.sql(&format!("{ITEMS} create index by_name on item (name); analyze")).unwrap();
    let young = Advice::after(&database, 2 * DAY).await;
    assert_eq!(young.keys(UNUSED), [""; 0]);
    let missing = young.missing.iter().find(|m| m.what == "indexes that can go").unwrap();
    assert!(missing.why.contains("2.0 days") && missing.why.contains("in 5.0 days"), "{missing:?}");
    let old = Advice::after(&database, 7 * DAY).await;
    assert_eq!(old.keys(UNUSED), ["public.by_name"]);
    assert!(old.missing.iter().all(|m| m.what != "indexes that can go"));
}

#[tokio::test]
async fn an_index_that_is_read_once_a_day_is_used() {
    let database = testbed::database();
    let read = "set enable_seqscan = off; select count(*) from item where name = 'n7';";
    database
        .sql(&format!("{ITEMS} create index by_name on item (name); analyze; {}", read.repeat(8)))
        .unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNUSED), [""; 0]);
    let rarer = Advice::after(&database, 9 * DAY).await;
    assert_eq!(rarer.keys(UNUSED), ["public.by_name"]);
    assert_eq!(evidence(rarer.find("unused_index:public.by_name"), "scans"), "8");
    // More than fifty are a use, however long that took.
    database.sql(&read.repeat(43)).unwrap();
    assert_eq!(Advice::after(&database, 900 * DAY).await.keys(UNUSED), [""; 0]);
}

#[tokio::test]
async fn what_is_needed_unread_is_never_proposed() {
    let database = testbed::database();
    database
        .sql(&format!(
            "create table shop (id int primary key);
             insert into shop select generate_series(0, 99);
             {ITEMS}
             create unique index is_unique on item (name);
             create index for_the_key on item (shop);
             alter table item add foreign key (shop) references shop;
             create table note (id int not null, text text, at date, exclude using btree (id with =));
             create unique index tells_rows on note (id);
             create index orders_rows on note (at);
             insert into note select i, 'text', '2026-01-01' from generate_series(1, 20000) i;
             alter table note replica identity using index tells_rows;
             alter table note cluster on orders_rows;
             create table event (id int, at date, name text) partition by range (at);
             create table event_a partition of event for values from ('2026-01-01') to ('2027-01-01');
             insert into event select i, '2026-02-02', i from generate_series(1, 20000) i;
             create index of_parts on event (name);
             analyze"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(UNUSED), ["public.of_parts"]);
    // An index of all parts cannot be dropped concurrently.
    let code = advice.find("unused_index:public.of_parts").remedy.code.clone().unwrap();
    assert_eq!(code, "drop index public.of_parts");
    database.sql(&code).unwrap();
    database
        .sql(
            "alter table note set without cluster; alter table item drop constraint item_shop_fkey",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(UNUSED), ["public.for_the_key", "public.orders_rows"]);
}

#[tokio::test]
async fn a_small_index_of_a_table_that_is_not_written_is_left_alone() {
    let database = testbed::database();
    database
        .sql(
            "create table country (id int primary key, name text);
             create index by_name on country (name);
             insert into country select i, i from generate_series(1, 200) i; analyze",
        )
        .unwrap();
    assert_eq!(Advice::of(&database).await.keys(UNUSED), [""; 0]);
}

#[tokio::test]
async fn an_index_that_a_replica_reads_is_used_and_without_the_replicas_nothing_is_said() {
    let servers = PostgresReplicas::start(1).unwrap();
    let (primary, replica) = (servers.primary(), servers.replica(0));
    primary
        .sql(&format!(
            "{ITEMS} create index by_name on item (name); create index by_kind on item (kind, at);
             analyze"
        ))
        .unwrap();
    servers.caught_up().unwrap();
    let read = "set enable_seqscan = off; select count(*) from item where name = 'n7';";
    replica.sql(&read.repeat(60)).unwrap();

    let alone = Advice::at(&primary.url(), 8 * DAY, &[]).await;
    assert_eq!(alone.keys(UNUSED), [""; 0]);
    let missing = alone.missing.iter().find(|m| m.what == "indexes that can go").unwrap();
    assert!(missing.why.starts_with("1 more replicas follow"), "{missing:?}");

    let mut follower = Advisor::connect(&replica.url()).await.unwrap().schema().await.unwrap();
    assert!(follower.is_replica);
    follower.counted_for = Some(30 * DAY);
    let together = Advice::at(&primary.url(), 8 * DAY, &[follower.clone()]).await;
    assert_eq!(together.keys(UNUSED), ["public.by_kind"]);
    let finding = together.find("unused_index:public.by_kind");
    assert_eq!(evidence(finding, "counted for"), "8.0 days, on 2 servers");

    // The youngest counters decide.
    follower.counted_for = Some(DAY);
    let young = Advice::at(&primary.url(), 8 * DAY, &[follower]).await;
    assert_eq!(young.keys(UNUSED), [""; 0]);

    let replica_alone = Advice::at(&replica.url(), 8 * DAY, &[]).await;
    assert_eq!(replica_alone.keys(UNUSED), [""; 0]);
    assert!(replica_alone.missing.iter().any(|m| m.why.starts_with("only replicas")));
}
