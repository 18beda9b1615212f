//! A database without hypopg: what the statistics say, and what is missing.

use perf_db::advise::candidates::Proof;

use super::shop::{search, shop};

#[tokio::test]
async fn without_hypopg_indexes_are_estimated_and_the_finding_says_so() {
    let database = shop(false);
    let searched = search(&database, &["select * from orders where customer_id = $1"]).await;
    let [finding] = &searched.advice.findings(&searched.schema, &searched.workload)[..] else {
        panic!("{:?}", searched.advice)
    };
    assert_eq!(
        finding.remedy.code.as_deref(),
        Some("create index concurrently on public.orders (customer_id)")
    );
    assert!(finding.evidence.iter().any(|e| e.value == "estimated from statistics, not proven"));
    assert_eq!(searched.advice.suggested[0].proof, Proof::Statistics);
    let [missing] = &searched.advice.missing[..] else { panic!("{:?}", searched.advice.missing) };
    assert_eq!(missing.remedy.as_deref(), Some("create extension hypopg"));
}

#[tokio::test]
async fn the_estimate_knows_equality_ranges_orders_and_what_is_there() {
    let database = shop(false);
    for (sql, index) in [
        ("select * from orders where customer_id = $1 and shop = $2", "(customer_id, shop)"),
        ("select * from orders where customer_id = $1 order by placed", "(customer_id, placed)"),
        ("select * from orders where customer_id = $1 and placed > $2", "(customer_id, placed)"),
        ("select * from event where actor = $1", "(actor)"),
    ] {
        let code = search(&database, &[sql]).await.code();
        assert!(code.len() == 1 && code[0].ends_with(index), "{sql}: {code:?}");
    }
    database.sql("create index on orders (customer_id)").unwrap();
    for sql in [
        "select * from orders where customer_id = $1",
        "select * from orders where status = $1",
        "select * from tag where name = $1",
        "select * from orders where kind <> $1",
    ] {
        let code = search(&database, &[sql]).await.code();
        assert!(code.is_empty(), "{sql}: {code:?}");
    }
}
