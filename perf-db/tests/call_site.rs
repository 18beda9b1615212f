//! Every statement is recorded with the line of the program that sent it.

use perf_core::{CallSite, Label, Recorder, Work};
use perf_db::{Db, Executor};

async fn recorded<F: Future<Output = ()>>(work: F) -> Work {
    let scope = Recorder::builder().build().scope(Label::job("test"));
    scope.run(work).await.1
}

fn sites(work: &Work) -> Vec<(&str, u32)> {
    let groups = work.query_groups().iter();
    groups.map(|group| (group.call_site().file, group.call_site().line)).collect()
}

#[tokio::test]
async fn each_method_names_the_line_that_calls_it() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let first = CallSite::here().line + 2;
    let work = recorded(async {
        db.query("select 1", &[]).await.unwrap();
        db.query_one("select 1", &[]).await.unwrap();
        db.query_opt("select 1", &[]).await.unwrap();
        db.execute("select 1", &[]).await.unwrap();
        let transaction = db.transaction().await.unwrap();
        transaction.query("select 1", &[]).await.unwrap();
        transaction.query_one("select 1", &[]).await.unwrap();
        transaction.query_opt("select 1", &[]).await.unwrap();
        transaction.execute("select 1", &[]).await.unwrap();
        transaction.commit().await.unwrap();
        db.transaction().await.unwrap().rollback().await.unwrap();
    })
    .await;
    let mut expected: Vec<_> = (first..first + 11).map(|line| (file!(), line)).collect();
    expected.push((file!(), first + 10)); // begin and rollback
    assert_eq!(sites(&work), expected);
}

#[tokio::test]
async fn a_call_that_is_awaited_elsewhere_names_the_line_that_made_it() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let call = db.query("select 1", &[]);
    let line = CallSite::here().line - 1;
    let work = recorded(async {
        call.await.unwrap();
    })
    .await;
    assert_eq!(sites(&work), [(file!(), line)]);
}

#[tokio::test]
async fn rows_returned_and_rows_changed_are_counted() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let work = recorded(async {
        db.query("select generate_series(1, 7)", &[]).await.unwrap();
        db.execute("create table fruit (id int)", &[]).await.unwrap();
        db.execute("insert into fruit values (1), (2), (3)", &[]).await.unwrap();
    })
    .await;
    let rows: Vec<_> = work.query_groups().iter().map(|group| group.rows()).collect();
    assert_eq!(rows, [7, 0, 3]);
    assert_eq!((work.queries(), work.reads(), work.writes()), (3, 1, 1));
}
