//! Tables that are read from end to end, that the planner knows too little about, and what breaks.

use perf_core::FindingKind;
use perf_core::finding::Severity;
use perf_db::Db;
use perf_db::advise::Advisor;

use super::{Advice, ITEMS, evidence};

const SEQUENTIAL: FindingKind = FindingKind::SequentialReads;
const STALE: FindingKind = FindingKind::StaleStatistics;
const INVALID: FindingKind = FindingKind::InvalidIndex;
const SEQUENCE: FindingKind = FindingKind::SequenceOverflow;

#[tokio::test]
async fn a_table_read_from_end_to_end_is_found_with_columns_that_may_want_an_index() {
    let database = testbed::database();
    let read = "select count(*) from item where shop = 7;";
    database.sql(&format!("{ITEMS} analyze; {}", read.repeat(120))).unwrap();
    let advice = Advice::of(&database).await;
    let finding = advice.find("sequential_reads:public.item");
    assert_eq!(evidence(finding, "rows read by one"), "19\u{a0}834");
    assert_eq!(evidence(finding, "answered by an index"), "0 %");
    let columns = evidence(finding, "selective columns without an index");
    assert!(!columns.contains("id (") && !columns.contains("kind"), "{columns}");
    database.sql("create index on item (shop)").unwrap();
    database
        .sql(
            "set enable_seqscan = off;
             do $$ begin
                 for i in 1..3000 loop perform count(*) from item where shop = 7; end loop;
             end $$",
        )
        .unwrap();
    assert_eq!(Advice::of(&database).await.keys(SEQUENTIAL), [""; 0]);
}

#[tokio::test]
async fn a_table_that_is_small_or_read_by_an_index_or_with_a_limit_is_all_right() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} analyze;
             create table small as select generate_series(1, 2000) as id;
             {} {} {}",
            "select count(*) from item where id = 7;".repeat(200),
            "select name from item limit 1;".repeat(150),
            "select count(*) from small where id = 7;".repeat(200),
        ))
        .unwrap();
    assert_eq!(Advice::of(&database).await.keys(SEQUENTIAL), [""; 0]);
}

#[tokio::test]
async fn a_table_that_was_never_analysed_or_has_changed_since_is_found() {
    let database = testbed::database();
    database
        .sql(
            "create table never (id int) with (autovacuum_enabled = off);
             create table changed (id int) with (autovacuum_enabled = off);
             create table little (id int) with (autovacuum_enabled = off);
             insert into changed select generate_series(1, 10000);
             insert into little select generate_series(1, 10000);
             analyze changed; analyze little;
             insert into never select generate_series(1, 10000);
             insert into changed select generate_series(1, 4000);
             insert into little select generate_series(1, 500)",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(STALE), ["public.changed", "public.never"]);
    let never = advice.find("stale_statistics:public.never");
    assert_eq!((evidence(never, "analysed"), never.severity), ("never", Severity::Warning));
    let changed = advice.find("stale_statistics:public.changed");
    assert_eq!(evidence(changed, "rows changed since"), "4\u{a0}000");
    assert_eq!(changed.severity, Severity::Info);
    for finding in [never, changed] {
        database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    }
    assert_eq!(Advice::of(&database).await.keys(STALE), [""; 0]);
}

#[tokio::test]
async fn a_partitioned_table_whose_parts_alone_were_analysed_is_found() {
    let database = testbed::database();
    database
        .sql(
            "create table event (id int, at date) partition by range (at);
             create table event_a partition of event for values from ('2026-01-01') to ('2027-01-01');
             insert into event select i, '2026-02-02' from generate_series(1, 5000) i;
             analyze event_a",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(STALE), ["public.event"]);
    let finding = advice.find("stale_statistics:public.event");
    assert_eq!(finding.remedy.code.as_deref(), Some("analyze public.event"));
    database.sql("analyze public.event").unwrap();
    assert_eq!(Advice::of(&database).await.keys(STALE), [""; 0]);
}

#[tokio::test]
async fn an_index_that_was_not_finished_is_found() {
    let database = testbed::database();
    database.sql("create table item (id int); insert into item values (1), (1)").unwrap();
    let failed = database.sql("create unique index concurrently by_id on item (id)");
    assert!(failed.is_err());
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(INVALID), ["public.by_id"]);
    let finding = advice.find("invalid_index:public.by_id");
    // It would leave another broken one behind while the rows are as they are.
    assert_eq!(finding.remedy.code, None);
    assert!(finding.remedy.advice.starts_with("take out the rows that have the same key"));
    database.sql("delete from item").unwrap();
    database.sql("reindex index concurrently public.by_id").unwrap();
    assert_eq!(Advice::of(&database).await.keys(INVALID), [""; 0]);
}

#[tokio::test]
async fn an_index_that_is_being_built_is_not_told_as_broken() {
    let database = testbed::database();
    database.sql("create table item (id int); create table other (id int)").unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    // The build waits for this transaction to end, for it may not see the new index.
    let holder = db.transaction().await.unwrap();
    perf_db::Executor::execute(&holder, "insert into item values (1)", &[]).await.unwrap();
    let url = database.url().to_owned();
    let build = tokio::spawn(async move {
        let db = Db::connect(&url).await.unwrap();
        perf_db::Executor::execute(&db, "create index concurrently by_id on item (id)", &[]).await
    });
    let advisor = Advisor::connect(database.url()).await.unwrap();
    let schema = loop {
        let schema = advisor.schema().await.unwrap();
        if schema.find(None, "item").is_some_and(|item| !item.indexes.is_empty()) {
            break schema;
        }
        tokio::task::yield_now().await;
    };
    assert!(!schema.find(None, "item").unwrap().indexes[0].is_valid);
    let advice = Advice::by(&advisor, &schema, &[], &Default::default()).await;
    assert_eq!(advice.keys(INVALID), [""; 0]);
    holder.rollback().await.unwrap();
    build.await.unwrap().unwrap();
    assert_eq!(Advice::of(&database).await.keys(INVALID), [""; 0]);
}

#[tokio::test]
async fn a_sequence_near_the_end_of_its_columns_type_is_found() {
    let database = testbed::database();
    database
        .sql(
            "create table a (id serial primary key);
             create table b (id int generated always as identity primary key);
             create table c (id bigint generated always as identity primary key, n int);
             create sequence numbers;
             alter table c alter column n set default nextval('numbers');
             create table d (id int generated always as identity (cycle maxvalue 100));
             create table e (id serial);
             create table f (id smallserial);
             select setval('a_id_seq', 1950000000), setval('b_id_seq', 2100000000),
                 setval('c_id_seq', 2100000000), setval('numbers', 2000000000),
                 setval('d_id_seq', 99), setval('e_id_seq', 1900000000), setval('f_id_seq', 32000)",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(SEQUENCE), ["public.a.id", "public.b.id", "public.c.n", "public.f.id"]);
    let finding = advice.find("sequence_overflow:public.a.id");
    assert_eq!((evidence(finding, "used up"), evidence(finding, "type")), ("91 %", "integer"));
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(advice.find("sequence_overflow:public.b.id").severity, Severity::Critical);
    for finding in advice.findings.iter().filter(|finding| finding.kind == SEQUENCE) {
        database.sql(finding.remedy.code.as_deref().unwrap()).unwrap();
    }
    assert_eq!(Advice::of(&database).await.keys(SEQUENCE), [""; 0]);
}

#[tokio::test]
async fn a_user_without_a_privilege_is_told_what_is_missing_and_gets_the_rest() {
    let database = testbed::database();
    let role = format!("{}_stranger", database.name());
    database
        .sql(&format!(
            "create table item (id serial, name text); select setval('item_id_seq', 2100000000);
             create index a on item (name); create index b on item (name);
             create role {role} login"
        ))
        .unwrap();
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let advice = Advice::at(&url, 8 * super::DAY, &[]).await;
    assert_eq!(advice.keys(FindingKind::DuplicateIndex), ["public.b"]);
    let missing = advice.missing.iter().find(|m| m.what == "sequences near their end").unwrap();
    database.sql(missing.remedy.as_deref().unwrap()).unwrap();
    let advice = Advice::at(&url, 8 * super::DAY, &[]).await;
    assert_eq!(advice.keys(SEQUENCE), ["public.item.id"]);
    drop(database.sql(&format!("drop owned by {role}; drop role {role}")));
}
