//! Nothing is left behind: no row, no setting, no name, no open transaction.

use perf_db::advise::Explain;
use perf_db::advise::plan::{NodeId, NodeKind};
use perf_db::{DbErrorKind, Executor};

use super::Case;

#[tokio::test]
async fn a_write_that_was_asked_for_is_run_and_taken_back() {
    let case = Case::new().await;
    let sql = "update item set name = 'other' where shop = $1";
    let plan = Explain::new(sql).parameters(&[&7]).analyze().even_if_it_writes();
    let plan = plan.run(&case.db).await.unwrap();
    assert_eq!(plan.summary().triggers[0].calls, 100.0);
    assert_eq!(case.count("select count(*) from item where name = 'other'").await, 0);
    assert_eq!(case.count("select count(*) from log").await, 0);
    // The one thing that a rollback does not take back.
    assert_eq!(case.count("select last_value from number").await, 100);
}

#[tokio::test]
async fn settings_hold_for_the_plan_only() {
    let case = Case::new().await;
    let sql = "select id from item where id = 7";
    let plan = Explain::new(sql).run(&case.db).await.unwrap();
    assert_eq!(plan.root().kind, NodeKind::IndexOnlyScan);
    let plan = Explain::new(sql).set("enable_indexonlyscan", "off").set("enable_indexscan", "off");
    let plan = plan.set("enable_bitmapscan", "off").run(&case.db).await.unwrap();
    assert_eq!(plan.root().kind, NodeKind::SeqScan);
    for _ in 0..3 {
        let row = case.db.query_one("show enable_indexscan", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "on");
        let row = case.db.query_one("show statement_timeout", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "0");
    }
}

#[tokio::test]
async fn a_transaction_of_the_caller_goes_on() {
    let case = Case::new().await;
    let transaction = case.db.transaction().await.unwrap();
    transaction.execute("insert into item (id, shop) values (5000, 77)", &[]).await.unwrap();
    let sql = "select id from item where shop = 77";
    let plan = Explain::new(sql).analyze().run(&transaction).await.unwrap();
    assert_eq!(plan.rows(NodeId::ROOT), Some(1.0));
    for wrong in ["select nothing", "select id from nowhere", "commit"] {
        Explain::new(wrong).run(&transaction).await.unwrap_err();
    }
    let delete = Explain::new("delete from item").analyze().even_if_it_writes();
    delete.run(&transaction).await.unwrap();
    let settings = "select concat_ws(' ', current_setting('statement_timeout'), \
                    current_setting('lock_timeout'), current_setting('transaction_read_only'))";
    let row = transaction.query_one(settings, &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "0 0 off");
    // It can write again although the explain could not.
    transaction.execute("insert into item (id, shop) values (5001, 77)", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(case.count("select count(*) from item where shop = 77").await, 2);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let case = Case::new().await;
    let sql = "select count(*) from item a, item b, item c, item d";
    let explain = Explain::new(sql).analyze();
    let explain = explain.statement_timeout(std::time::Duration::from_millis(50));
    let error = explain.run(&case.db).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Timeout, "{error:?}");
    let open = "select count(*) from pg_stat_activity where datname = current_database() \
                and state like 'idle in%'";
    assert_eq!(case.count(open).await, 0);
}
