//! What the plans of the recorded statements say about an index that could go.

use perf_core::FindingKind;
use perf_db::advise::{Advisor, Workload};

use super::{Advice, DAY, ITEMS, evidence};

/// What is found with all statements that the server has counted of this database.
async fn advice(database: &testbed::Database) -> Advice {
    let advisor = Advisor::connect(database.url()).await.unwrap();
    let statements = advisor.statements().await.unwrap();
    let (workload, _) = advisor.workload(&statements, 1_000).await.unwrap();
    of_workload(&advisor, &workload).await
}

async fn of_workload(advisor: &Advisor, workload: &Workload) -> Advice {
    let mut schema = advisor.schema().await.unwrap();
    schema.counted_for = Some(8 * DAY);
    Advice::by(advisor, &schema, &[], workload).await
}

#[tokio::test]
async fn an_index_that_no_plan_reads_is_told_with_the_number_of_plans() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} create index by_name on item (name); analyze;
             select count(*) from item where shop = 7;
             select name from item where id = 7;
             select 1"
        ))
        .unwrap();
    let advice = advice(&database).await;
    let finding = advice.find("unused_index:public.by_name");
    let proof = evidence(finding, "proof");
    assert!(proof.starts_with("none of the plans of ") && proof.contains("reads it"), "{proof}");
    assert!(finding.remedy.code.is_some());
    let missing = advice.missing.iter().find(|m| m.what == "proof that an index can go").unwrap();
    assert_eq!(missing.remedy.as_deref(), Some("create extension hypopg"));
}

#[tokio::test]
async fn an_index_that_a_recorded_statement_would_read_is_not_called_unused() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} create index by_name on item (name); create index by_kind on item (kind, at);
             analyze; select count(*) from item where name = 'n7'; select pg_stat_reset();
             update item set shop = shop"
        ))
        .unwrap();
    let advice = advice(&database).await;
    assert_eq!(advice.keys(FindingKind::UnusedIndex), ["public.by_kind"]);
}

#[tokio::test]
async fn of_two_that_can_stand_in_for_each_other_one_is_left_to_the_statements_that_need_it() {
    for longer in ["name, kind", "name"] {
        let database = testbed::database();
        database
            .sql(&format!(
                "{ITEMS} create index longer on item ({longer});
                 create index by_name on item (name); analyze;
                 select count(*) from item where name = 'n7'; select pg_stat_reset();
                 update item set shop = shop"
            ))
            .unwrap();
        let advice = advice(&database).await;
        let codes = advice.findings.iter().filter_map(|finding| finding.remedy.code.as_deref());
        let drops: Vec<&str> = codes.filter(|code| code.starts_with("drop index")).collect();
        assert_eq!(drops.len(), 1, "{longer}: {drops:?}");
    }
}

#[tokio::test]
async fn a_statement_is_found_whatever_its_tables_name_and_however_it_is_written() {
    let long = "l".repeat(70);
    for (name, written) in [
        ("a \"quoted\" name", "\"a \"\"quoted\"\" name\"".to_owned()),
        ("item", "U&\"it\\0065m\"".to_owned()),
        (&long, long.clone()),
    ] {
        let database = testbed::database();
        let table = format!("\"{}\"", name.replace('"', "\"\""));
        database
            .sql(&format!(
                "create table {table} (id int primary key, a int, b int);
                 insert into {table} select n, n, n from generate_series(1, 50000) n;
                 create index by_a on {table} (a); create index by_b on {table} (b); analyze;
                 select count(*) from {written} where a = 7; select pg_stat_reset();
                 update {table} set id = id"
            ))
            .unwrap();
        let advice = advice(&database).await;
        assert_eq!(advice.keys(FindingKind::UnusedIndex), ["public.by_b"], "{written}");
    }
}

#[tokio::test]
async fn a_partial_index_and_one_of_expressions_are_not_proven_by_plans_for_all_values() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} create index of_some on item (name) where kind = 'k1';
             create index by_expression on item (upper(kind));
             analyze; select count(*) from item where shop = 7"
        ))
        .unwrap();
    let advice = advice(&database).await;
    let proof = |name: &str| evidence(advice.find(&format!("unused_index:public.{name}")), "proof");
    assert!(proof("of_some").starts_with("not proven"), "{}", proof("of_some"));
    assert!(proof("of_some").ends_with("with some values they may"), "{}", proof("of_some"));
    assert!(proof("by_expression").ends_with("need its samples"), "{}", proof("by_expression"));
}

#[tokio::test]
async fn an_overlapping_index_that_plans_read_says_so_with_those_who_send_them() {
    let database = testbed::database();
    database
        .sql(&format!(
            "create extension hypopg;
             {ITEMS} create index long on item (name, kind, at); create index short on item (name)"
        ))
        .unwrap();
    database.sql("vacuum analyze item").unwrap();
    let db = perf_db::Db::connect(database.url()).await.unwrap();
    let recorder = perf_core::Recorder::builder().build();
    let advisor = Advisor::of(&db).recorder(&recorder);
    let read = async {
        let by_name = "select count(*) from item where name between $1 and $2";
        for _ in 0..60 {
            perf_db::Executor::query(&db, by_name, &[&"n1", &"n2"]).await.unwrap();
        }
    };
    recorder.scope(perf_core::Label::job("shop")).run(read).await;
    let statements = advisor.statements().await.unwrap();
    let (workload, _) = advisor.workload(&statements, 1_000).await.unwrap();
    let advice = of_workload(&advisor, &workload).await;
    let finding = advice.find("overlapping_index:public.short");
    assert!(evidence(finding, "read by").starts_with("1 of "), "{finding:?}");
    assert!(evidence(finding, "proof").starts_with("not proven"), "{finding:?}");
    let call_site = finding.call_sites[0].to_string();
    assert!(call_site.contains("tests/advise_indexes/proof.rs"), "{call_site}");
    let missing = advice.missing.iter().find(|m| m.what == "proof that an index can go").unwrap();
    assert!(missing.why.contains("1.4"), "{missing:?}");
}

#[tokio::test]
async fn a_statement_that_cannot_be_planned_is_counted_and_stops_nothing() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{ITEMS} create table gone (id int); select count(*) from gone, item;
             create index by_name on item (name); analyze;
             select count(*) from item where shop = 7; drop table gone"
        ))
        .unwrap();
    let advice = advice(&database).await;
    let proof = evidence(advice.find("unused_index:public.by_name"), "proof");
    assert!(proof.contains("cannot be planned"), "{proof}");
}

/// The server of the testbed has a hypopg that cannot hide indexes yet. These functions, of the names
/// that it has from 1.4 on, make an index invalid from another connection, so that the planner does
/// not see it: for everybody, which only a test may do.
const HIDING: &str = "create extension hypopg; create extension dblink;
    create function set_valid(index oid, is_valid bool) returns void language sql as $$
        select dblink_exec(
            format('host=127.0.0.1 port=%s user=postgres dbname=%s',
                current_setting('port'), current_database()),
            format('update pg_index set indisvalid = %L where indexrelid = %s', is_valid, index))
    $$;
    create function hypopg_hide_index(indexid oid) returns bool language sql as $$
        select set_valid(indexid, false); select true
    $$;
    create function hypopg_unhide_index(indexid oid) returns bool language sql as $$
        select set_valid(indexid, true); select true
    $$;";

#[tokio::test]
async fn an_index_is_proven_by_plans_without_it() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{HIDING} {ITEMS} create index by_kind on item (kind, at); create index by_name on item (name);
             analyze; select id from item where name = 'n7';
             select count(*) from item where shop = 7"
        ))
        .unwrap();
    let advice = advice(&database).await;
    // A statement is recorded that costs more without the other one.
    assert_eq!(advice.keys(FindingKind::UnusedIndex), ["public.by_kind"]);
    let finding = advice.find("unused_index:public.by_kind");
    let proof = evidence(finding, "proof");
    assert!(proof.starts_with("2 recorded statements"), "{proof}");
    assert!(proof.ends_with("cost no more with it hidden"), "{proof}");
    assert!(advice.missing.is_empty(), "{:?}", advice.missing);
    let invalid = database.sql("select count(*) from pg_index where not indisvalid").unwrap();
    assert_eq!(invalid, "0", "what was hidden is shown again");
}

#[tokio::test]
async fn an_overlapping_index_whose_statements_cost_more_without_it_says_so_and_is_not_dropped() {
    let database = testbed::database();
    database
        .sql(&format!(
            "{HIDING} {ITEMS} create index short on item (shop);
             create index long on item (shop, name, kind, at);
             create index by_kind on item (kind);
             create index by_kind_and_shop on item (kind, shop)"
        ))
        .unwrap();
    database.sql("vacuum analyze item").unwrap();
    database.sql("select count(*) from item where shop > 90").unwrap();
    let advice = advice(&database).await;
    let short = advice.find("overlapping_index:public.short");
    assert!(evidence(short, "proof").contains("cost more with it hidden"), "{short:?}");
    assert!(evidence(short, "the most").contains("where shop > ?"), "{short:?}");
    assert_eq!(short.remedy.code, None);
    assert!(short.remedy.advice.starts_with("keep it"), "{short:?}");
    let by_kind = advice.find("overlapping_index:public.by_kind");
    assert!(evidence(by_kind, "proof").ends_with("cost no more with it hidden"), "{by_kind:?}");
    assert!(by_kind.remedy.code.is_some());
}
