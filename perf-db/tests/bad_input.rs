//! What cannot be sent is an error that says what to change, and costs no connection.

use perf_db::{Db, DbError, DbErrorKind, Executor, ToSql};

async fn single() -> (testbed::Database, Db, i32) {
    let database = testbed::database();
    let db = Db::builder(database.url()).max_size(1).build().await.unwrap();
    let pid = pid(&db).await;
    (database, db, pid)
}

async fn pid(db: &Db) -> i32 {
    db.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0)
}

fn assert_says<T>(outcome: Result<T, DbError>, words: &str) {
    let Err(error) = outcome else { panic!("it should fail, and say {words:?}") };
    assert_eq!(error.kind(), DbErrorKind::Parameters, "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn more_parameters_than_the_protocol_can_count_are_not_sent() {
    let (_database, db, before) = single().await;
    let one = &1 as &(dyn ToSql + Sync);
    let parameters = vec![one; 65_536];
    let sql = "select 1 where $1 = any(array[1])";
    assert_says(db.query(sql, &parameters).await, "65536 parameters");
    assert_says(db.stream(sql, &parameters).await, "65536 parameters");
    let transaction = db.transaction().await.unwrap();
    assert_says(transaction.execute(sql, &parameters).await, "at most 65535");
    transaction.commit().await.unwrap();
    assert_eq!(pid(&db).await, before);
}

#[tokio::test]
async fn as_many_as_it_can_count_are() {
    let (_database, db, _) = single().await;
    let one = &1 as &(dyn ToSql + Sync);
    let places: Vec<String> = (1..=65_535).map(|place| format!("(${place}::int)")).collect();
    let sql = format!("select count(*) from (values {}) v", places.join(", "));
    let row = db.query_one(sql, &vec![one; 65_535]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 65_535);
}

#[tokio::test]
async fn another_number_of_parameters_than_the_statement_takes_is_told() {
    let (_database, db, before) = single().await;
    assert_says(db.query("select $1::int", &[]).await, "takes 1 parameters and was given 0");
    assert_says(db.execute("select 1", &[&1]).await, "takes 0 parameters and was given 1");
    let transaction = db.transaction().await.unwrap();
    assert_says(transaction.query("select $1::int", &[&1, &2]).await, "takes 1");
    transaction.query("select 1", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(pid(&db).await, before);
}

#[tokio::test]
async fn a_nul_character_is_refused_in_sql_and_in_texts() {
    let (_database, db, before) = single().await;
    assert_says(db.query("select 1 \0", &[]).await, "the SQL of the statement");
    assert_says(db.query("select 'a\0b'", &[]).await, "pass values as parameters");
    assert_says(db.query("select $1::text", &[&"a\0b"]).await, "a text with a NUL character");
    assert_eq!(pid(&db).await, before);
}

#[tokio::test]
async fn a_value_of_another_type_is_told_from_a_refusal() {
    let (_database, db, before) = single().await;
    assert_says(db.query("select $1::int", &[&"one"]).await, "failed");
    assert_eq!(pid(&db).await, before);
}
