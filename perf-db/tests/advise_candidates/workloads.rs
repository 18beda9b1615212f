//! Several statements at once: what serves most of them, what it costs, and that nothing is shown
//! that nobody should see.

use std::time::Duration;

use perf_core::Recorder;
use perf_core::scope::Label;
use perf_db::advise::candidates::{IndexSearch, Why};
use perf_db::advise::{Advisor, Statement, Workload};
use perf_db::{Db, Executor};

use super::shop::{search, shop};

#[tokio::test]
async fn one_order_of_columns_that_serves_both_statements_is_found() {
    let database = shop(true);
    let both = "select note from orders where kind = $1 and shop = $2";
    let alone = search(&database, &[both]).await.code();
    assert_eq!(alone, ["create index concurrently on public.orders (shop, kind)"]);
    let with_other = search(&database, &[both, "select note from orders where kind = $1"]).await;
    assert_eq!(with_other.code(), ["create index concurrently on public.orders (kind, shop)"]);
}

#[tokio::test]
async fn an_index_that_a_longer_one_makes_superfluous_is_not_suggested() {
    let database = shop(true);
    let searched = search(
        &database,
        &[
            "select * from orders where customer_id = $1",
            "select * from orders where customer_id = $1 order by placed desc limit 10",
        ],
    )
    .await;
    assert_eq!(
        searched.code(),
        ["create index concurrently on public.orders (customer_id, placed)"]
    );
    let outdone = searched
        .advice
        .rejected
        .iter()
        .find(|rejected| rejected.candidate.to_string().ends_with("(customer_id)"));
    assert!(matches!(outdone.unwrap().why, Why::Outdone { .. }), "{outdone:?}");
}

#[tokio::test]
async fn both_arms_of_an_or_get_their_index() {
    let database = shop(true);
    let code = search(&database, &["select * from orders where customer_id = $1 or paid = $2"])
        .await
        .code();
    assert_eq!(code.len(), 2, "{code:?}");
}

#[tokio::test]
async fn writes_that_outweigh_the_reads_are_a_reason_against_an_index() {
    let database = shop(true);
    database.sql("update orders set note = 'x'").unwrap();
    database.sql("select pg_stat_force_next_flush()").unwrap();
    database.sql("vacuum analyze orders").unwrap();
    let advisor = Advisor::connect(database.url()).await.unwrap();
    let schema = advisor.schema().await.unwrap();
    let once =
        Statement::new("select * from orders where customer_id = $1", 1, Duration::from_secs(1));
    let workload = Workload::counted(vec![once], Duration::from_secs(3_600));
    let advice = IndexSearch::new().run(&advisor, &schema, &workload).await.unwrap();
    assert!(advice.suggested.is_empty(), "{advice:?}");
    assert!(advice.rejected.iter().any(|r| matches!(r.why, Why::Writes { .. })), "{advice:?}");
}

#[tokio::test]
async fn a_finding_says_what_is_gained_and_where_and_holds_no_literal() {
    let database = shop(true);
    let sql = "select * from orders where customer_id = 7654321 and note <> 'secret'";
    let searched = search(&database, &[sql]).await;
    let [finding] = &searched.advice.findings(&searched.schema, &searched.workload)[..] else {
        panic!("{:?}", searched.advice)
    };
    assert_eq!(finding.subject, "public.orders");
    assert_eq!(finding.key, "missing_index:public.orders(customer_id)");
    assert!(finding.impact.share > 0.5, "{:?}", finding.impact);
    let shown = format!("{finding:#?} {:#?}", searched.advice);
    assert!(!shown.contains("secret") && !shown.contains("7654321"), "{shown}");
}

#[tokio::test]
async fn what_cannot_be_planned_is_left_out_and_the_rest_is_searched() {
    let database = shop(true);
    let searched = search(
        &database,
        &[
            "select * from nowhere where id = $1",
            "select 1; drop table orders",
            "commit; drop table orders",
            "select 1; commit; drop table orders",
            "select * from orders where customer_id = $1; drop table orders",
            "select /* * from orders",
            "select 'a",
            "",
            "select * from orders where customer_id = $1 -- ; drop table orders",
        ],
    )
    .await;
    assert_eq!(searched.code().len(), 1, "{:?}", searched.advice);
    assert!(searched.advice.missing.iter().any(|missing| missing.why.contains("42P01 1 times")));
    assert_eq!(database.sql("select count(*) from orders").unwrap(), "60000");
}

#[tokio::test]
async fn when_time_runs_out_it_is_said() {
    let database = shop(true);
    let advisor = Advisor::connect(database.url()).await.unwrap();
    let schema = advisor.schema().await.unwrap();
    let one =
        Statement::new("select * from orders where customer_id = $1", 1, Duration::from_secs(1));
    let workload = Workload::counted(vec![one], Duration::from_secs(60));
    let search = IndexSearch::new().budget(Duration::ZERO);
    let advice = search.run(&advisor, &schema, &workload).await.unwrap();
    assert!(advice.ran_out_of_time && advice.suggested.is_empty());
    assert!(advice.missing.iter().any(|missing| missing.why.contains("its time was over")));
}

#[tokio::test]
async fn nothing_is_left_in_the_session() {
    let database = shop(true);
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    let advisor = Advisor::of(&db);
    let schema = advisor.schema().await.unwrap();
    let one = Statement::new(
        "select * from orders where customer_id = $1",
        1_000,
        Duration::from_secs(1),
    );
    let workload = Workload::counted(vec![one], Duration::from_secs(60));
    let pid = "select pg_backend_pid()";
    let before: i32 = db.query_one(pid, &[]).await.unwrap().get(0);
    let advice = IndexSearch::new().run(&advisor, &schema, &workload).await.unwrap();
    assert_eq!(advice.suggested.len(), 1);
    let after: i32 = db.query_one(pid, &[]).await.unwrap().get(0);
    assert_eq!(before, after, "the connection was closed");
    let left = "select (select count(*) from hypopg()) + \
                (select count(*) from pg_prepared_statements where name like 'perf_advise%')";
    assert_eq!(db.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_finding_names_the_places_that_send_the_statement() {
    let database = shop(true);
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    let recorder = Recorder::builder().build();
    let advisor = Advisor::of(&db).recorder(&recorder);
    let sent = async {
        for customer in 0..20_i64 {
            db.query("select * from orders where customer_id = $1", &[&customer]).await.unwrap();
        }
    };
    recorder.scope(Label::job("sends")).run(sent).await;
    let schema = advisor.schema().await.unwrap();
    let (workload, _) = advisor.own_workload(10);
    let advice = IndexSearch::new().run(&advisor, &schema, &workload).await.unwrap();
    let [finding] = &advice.findings(&schema, &workload)[..] else { panic!("{advice:?}") };
    let [call_site] = &finding.call_sites[..] else { panic!("{finding:?}") };
    assert!(call_site.to_string().contains("workloads.rs:"), "{call_site}");
}
