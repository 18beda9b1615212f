//! Indexes that are there twice, and indexes whose work another one can do.

use perf_core::FindingKind;

use super::{Advice, DAY, ITEMS, evidence};

const DUPLICATE: FindingKind = FindingKind::DuplicateIndex;
const OVERLAPPING: FindingKind = FindingKind::OverlappingIndex;

#[tokio::test]
async fn of_two_that_are_the_same_the_one_that_is_read_less_can_go() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} create index older on item (name); analyze;
             create index read_more on item (name);
             set enable_seqscan = off;
             update pg_index set indisvalid = false where indexrelid = 'older'::regclass;
             select count(*) from item where name = 'n7';
             select count(*) from item where name = 'n8';
             update pg_index set indisvalid = true where indexrelid = 'older'::regclass"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(DUPLICATE), ["public.older"]);
    let finding = advice.find("duplicate_index:public.older");
    assert_eq!(evidence(finding, "the other index"), "public.read_more");
    assert_eq!(evidence(finding, "why"), "the same keys, in the same order");
    assert_eq!((evidence(finding, "scans"), evidence(finding, "scans of the other")), ("0", "2"));
    assert_eq!(evidence(finding, "proof"), "by its definition: no plan needs both");
    let code = finding.remedy.code.as_deref().unwrap();
    assert_eq!(code, "drop index concurrently public.older");
    database.sql(code).unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!((advice.keys(DUPLICATE), advice.keys(OVERLAPPING)), (vec![], vec![]));
}

#[tokio::test]
async fn an_index_whose_keys_are_the_first_of_another_ones_can_go() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS}
             create index short on item (kind);
             create index long on item (kind, shop);
             create index backwards on item (shop desc nulls first, at);
             create index forwards on item (shop, at desc nulls first, name);
             create index carries on item (at) include (name);
             create index has_it on item (at, name) include (kind);
             create index partial on item (name) where shop > 5;
             create index more_partial on item (name, shop) where shop > 5;
             create index by_expression on item (lower(name));
             create index by_two_expressions on item (lower(name), upper(kind));
             analyze"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(DUPLICATE), [""; 0]);
    assert_eq!(
        advice.keys(OVERLAPPING),
        ["backwards", "by_expression", "carries", "partial", "short"]
            .map(|n| format!("public.{n}"))
    );
    let why = |name: &str| {
        evidence(advice.find(&format!("overlapping_index:public.{name}")), "why").to_owned()
    };
    assert_eq!(why("short"), "its keys are the first 1 of the other's 2");
    assert_eq!(why("backwards"), "its keys are the first 2 of the other's 3, read backwards");
    assert_eq!(
        why("partial"),
        "its keys are the first 1 of the other's 2, under the same condition"
    );
}

#[tokio::test]
async fn an_index_that_does_what_no_other_one_does_stays() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS}
             create index by_name on item (name);
             create index by_pattern on item (name text_pattern_ops, kind);
             create index by_c on item (name collate \"C\", kind);
             create index of_some on item (name, kind) where shop > 5;
             create index by_hash on item using hash (name);
             create unique index keeps_apart on item (shop, id);
             create index by_shop_and_kind on item (shop, kind);
             create index mixed on item (kind, at desc);
             create index straight on item (kind, at, id);
             create unique index equal_nulls on item (at, id) nulls not distinct;
             create unique index distinct_nulls on item (at, id);
             create index carries on item (kind, name) include (at);
             create index carries_less on item (kind, name, id);
             analyze"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!((advice.keys(DUPLICATE), advice.keys(OVERLAPPING)), (vec![], vec![]));
}

#[tokio::test]
async fn what_belongs_to_a_constraint_is_never_the_one_to_go() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS}
             create unique index twin_of_key on item (id);
             create index plain_twin on item (id);
             create unique index twin_of_referred on item (name);
             create unique index referred_to on item (name);
             update pg_index set indisvalid = false where indexrelid = 'twin_of_referred'::regclass;
             create index long on item (name, kind, shop);
             create table note (item text references item (name));
             create index on note (item);
             update pg_index set indisvalid = true where indexrelid = 'twin_of_referred'::regclass;
             create table told (id int not null, at date);
             create unique index older on told (id);
             create unique index tells_rows on told (id);
             alter table told replica identity using index tells_rows;
             create index older_at on told (at);
             create index orders_rows on told (at);
             alter table told cluster on orders_rows;
             analyze"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    let finding = advice.find("duplicate_index:public.twin_of_key");
    assert!(evidence(finding, "why").ends_with("the other one belongs to a constraint"));
    let plain = advice.find("overlapping_index:public.plain_twin");
    assert!(evidence(plain, "why").contains("also admits each once"), "{plain:?}");
    assert_eq!(evidence(plain, "the other index"), "public.item_pkey");
    assert_eq!(
        advice.keys(DUPLICATE),
        ["older", "older_at", "twin_of_key", "twin_of_referred"]
            .map(|name| format!("public.{name}"))
    );
    assert_eq!(advice.keys(OVERLAPPING), ["public.plain_twin"]);
}

#[tokio::test]
async fn what_a_foreign_key_refers_by_is_never_the_one_to_go() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS}
             create unique index referred_by on item (name);
             create table note (item text references item (name));
             create unique index read_more on item (name);
             create index on note (item);
             analyze;
             select * from item where name = 'n7'"
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(DUPLICATE), ["public.read_more"]);
    let code = advice.find("duplicate_index:public.read_more").remedy.code.clone();
    database.sql(&code.unwrap()).unwrap();
}

#[tokio::test]
async fn of_an_index_that_is_used_and_a_longer_one_that_is_not_the_longer_one_goes() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} create index long on item (name, kind, at); create index short on item (name); analyze; {}",
            "select count(*) from item where name = 'n7';".repeat(60)
        ))
        .unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(OVERLAPPING), [""; 0]);
    assert_eq!(advice.keys(FindingKind::UnusedIndex), ["public.long"]);
    // Of two that nobody reads one goes first.
    database.sql("select pg_stat_reset()").unwrap();
    database.sql("insert into item select i, 1, 'k', 'm' || i, now() from generate_series(30000, 50000) i").unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(OVERLAPPING), ["public.short"]);
    assert_eq!(advice.keys(FindingKind::UnusedIndex), [""; 0]);
    let code = advice.find("overlapping_index:public.short").remedy.code.clone();
    database.sql(&code.unwrap()).unwrap();
    let advice = Advice::of(&database).await;
    assert_eq!(advice.keys(FindingKind::UnusedIndex), ["public.long"]);
}

#[tokio::test]
async fn three_of_a_kind_leave_one() {
    let database = testbed::database();
    database
        .sql(
            "create table item (id int, name text);
             create index a on item (id); create index b on item (id); create index c on item (id);
             create index ab on item (id, name); create index ab2 on item (id, name)",
        )
        .unwrap();
    let advice = Advice::of(&database).await;
    let mut gone = advice.keys(DUPLICATE);
    gone.extend(advice.keys(OVERLAPPING));
    gone.sort_unstable();
    assert_eq!(gone, ["a", "ab2", "b", "c"].map(|name| format!("public.{name}")));
    for finding in &advice.findings {
        if let Some(code) = &finding.remedy.code {
            database.sql(code).unwrap();
        }
    }
    assert_eq!(Advice::of(&database).await.findings.len(), 0);
}

#[tokio::test]
async fn before_the_counters_are_a_week_old_no_statement_drops_anything() {
    let database = testbed::database();
    database
        .sql("create table item (id int); create index a on item (id); create index b on item (id)")
        .unwrap();
    let advice = Advice::after(&database, DAY).await;
    let finding = advice.find("duplicate_index:public.b");
    assert_eq!(finding.remedy.code, None);
    assert!(finding.remedy.advice.contains("long enough"), "{finding:?}");
}
