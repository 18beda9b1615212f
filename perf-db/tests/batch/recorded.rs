//! What a batch sends is recorded with the line that asked for it.

use perf_core::Scope;
use perf_db::Executor;
use perf_db::batch::InsertMany;

use crate::{products, shop};

#[tokio::test]
async fn a_small_batch_is_one_statement_once_its_columns_are_known() {
    let (_database, db) = shop().await;
    let insert = InsertMany::into("product", ["id", "name"]);
    insert.run(&db, products(0..3)).await.unwrap();
    let (outcome, work) = Scope::named("small").run(insert.run(&db, products(3..500))).await;
    outcome.unwrap();
    assert_eq!(work.queries(), 1);
    let group = &work.query_groups()[0];
    assert!(group.fingerprint().text().starts_with("insert into \"product\""), "{group:?}");
}

#[tokio::test]
async fn a_large_batch_is_recorded_as_a_copy_with_its_rows_and_its_caller() {
    let (_database, db) = shop().await;
    let insert = InsertMany::into("product", ["id", "name"]);
    let line = line!() + 1;
    let run = insert.run(&db, products(0..9_000));
    let (outcome, work) = Scope::named("large").run(run).await;
    outcome.unwrap();
    let text = "copy \"product\"(\"id\", \"name\") from stdin binary";
    let copy = work.query_groups().iter().find(|group| group.fingerprint().text() == text);
    let copy = copy.unwrap_or_else(|| panic!("{:?}", work.query_groups()));
    assert_eq!(copy.rows(), 9_000);
    for group in work.query_groups() {
        assert_eq!(group.call_site().line, line, "{group:?}");
        assert!(group.call_site().file.ends_with("recorded.rs"));
    }
    db.query_one("select 1", &[]).await.unwrap();
}

#[tokio::test]
async fn batches_of_other_rows_are_not_the_same_statement_again() {
    let (_database, db) = shop().await;
    let insert = InsertMany::into("product", ["id", "name"]).on_conflict(["id"]).do_nothing();
    insert.run(&db, products(0..1)).await.unwrap();
    let run = async {
        for id in [1, 2, 3, 3] {
            insert.run(&db, products(id..id + 2)).await.unwrap();
        }
    };
    let ((), work) = Scope::named("loop").run(run).await;
    assert_eq!(work.query_groups()[0].differing_parameters(), 3);
}
