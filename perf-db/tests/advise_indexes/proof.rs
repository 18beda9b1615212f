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
             prepare by_shop as select count(*) from item where shop = $1;
             execute by_shop (7);
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
             {ITEMS} create index short on item (name); create index long on item (name, kind, at);
             analyze"
        ))
        .unwrap();
    let db = perf_db::Db::connect(database.url()).await.unwrap();
    let recorder = perf_core::Recorder::builder().build();
    let advisor = Advisor::of(&db).recorder(&recorder);
    let read = async {
        let by_name = "select count(*) from item where name = $1";
        for name in 0..60 {
            perf_db::Executor::query(&db, by_name, &[&format!("n{name}")]).await.unwrap();
        }
    };
    recorder.scope(perf_core::Label::job("shop")).run(read).await;
    let statements = advisor.statements().await.unwrap();
    let (workload, _) = advisor.workload(&statements, 1_000).await.unwrap();
    // Counters are read with the next look at them.
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
