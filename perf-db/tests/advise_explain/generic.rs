//! The plan for all values, on servers that have a word for it and on those that have not.

use perf_db::advise::Explain;
use perf_db::{DbErrorKind, Executor};

use super::Case;

#[tokio::test]
async fn a_statement_without_values_has_the_plan_for_all_values() {
    let case = Case::new().await;
    for sql in [
        "select name from item where id = $1",
        "select count(*) from item where shop = $1 and at > now() - interval $2 limit $3;",
        "select name from item where id = any($1) -- a comment",
        "update item set name = $2 where id = $1",
        "with gone as (delete from item where id = $1 returning id) select * from gone",
        "(select id from item where shop = $1 for update)",
    ] {
        let plan = Explain::new(sql).run(&case.db).await.unwrap();
        assert!(plan.tree().to_string().contains("= ?") || sql.contains("any"), "{}", plan.tree());
        assert!(!plan.is_analyzed());
    }
}

#[tokio::test]
async fn a_text_that_takes_no_parameters_there_is_refused_softly() {
    let case = Case::new().await;
    for sql in [
        "select extract($1 from at) from item",
        "select $1 'text'",
        "select id from item where $1 $2",
        "select xmlelement(name $1)",
    ] {
        let error = Explain::new(sql).run(&case.db).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Unexplainable, "{sql}: {error:?}");
        assert!(error.to_string().contains("as pg_stat_statements has written it"), "{error}");
    }
    let names = "select count(*) from pg_prepared_statements where name like 'perf_db%'";
    assert_eq!(case.count(names).await, 0);
    let transaction = case.db.transaction().await.unwrap();
    Explain::new("select extract($1 from at) from item").run(&transaction).await.unwrap_err();
    transaction.query("select 1", &[]).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn the_plan_for_a_frequent_value_differs_from_that_for_all() {
    let case = Case::new().await;
    case.database
        .sql(
            "create table task as select n as id, case when n % 1000 = 0 then 'open' else 'done' \
             end as state from generate_series(1, 20000) n; \
             create index on task (state); analyze task",
        )
        .unwrap();
    let sql = "select id from task where state = $1";
    let both = Explain::new(sql).parameters(&[&"done"]).run_both(&case.db).await.unwrap();
    assert!(both.differ(), "{}{}", both.custom.tree(), both.generic.tree());
    assert!(both.custom_cost() > both.generic_cost());
    let both = Explain::new(sql).parameters(&[&"open"]).run_both(&case.db).await.unwrap();
    assert!(both.custom_cost() * 2.0 < both.generic_cost());
    let same = Explain::new("select id from task where state = 'open'").run_both(&case.db).await;
    assert!(!same.unwrap().differ());
    let error = Explain::new(sql).run_both(&case.db).await.unwrap_err();
    assert!(error.to_string().contains("have no values"), "{error}");
}
