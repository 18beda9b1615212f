//! An error names the statement and its place, without the values in it.

use std::error::Error;

use bytes::BytesMut;
use perf_core::CallSite;
use perf_db::postgres::types::{FromSql, IsNull, Type};
use perf_db::{Db, DbError, DbErrorKind, Executor, ToSql};

#[tokio::test]
async fn a_refused_statement_is_named_by_place_and_fingerprint() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let call = db.query("select 'a secret' from nowhere", &[]);
    let line = CallSite::here().line - 1;
    let error = call.await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Statement);
    assert_eq!(error.code(), Some("42P01"));
    let expected = format!("the statement sent at {}:{line} failed: ", file!());
    assert_eq!(error.to_string(), expected + "select ? from nowhere");
    assert_eq!(error.source().unwrap().to_string(), "PostgreSQL says 42P01");
    assert!(error.postgres().unwrap().as_db_error().is_some());
    db.query("select 1", &[]).await.unwrap();
}

#[tokio::test]
async fn no_text_of_the_whole_chain_holds_a_value() {
    fn texts(error: &DbError) -> String {
        let mut texts = format!("{error} {error:?}");
        let mut level = error.source();
        while let Some(cause) = level {
            texts += &format!(" {cause} {cause:?}");
            level = cause.source();
        }
        texts
    }
    let database = testbed::database();
    database.sql("create table users (email text constraint one_each unique)").unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let insert = "insert into users values ($1)";
    db.execute(insert, &[&"ada@example.com"]).await.unwrap();
    let taken = db.execute(insert, &[&"ada@example.com"]).await.unwrap_err();
    assert!(taken.is_unique_violation());
    assert!(texts(&taken).contains("one_each"), "{taken:?}");
    let no_number = db.query("select $1::text::int", &[&"ada@example.com"]).await.unwrap_err();
    let no_parameter = db.query("select $1::text", &[&Picky]).await.unwrap_err();
    let row = db.query_one("select email from users", &[]).await.unwrap();
    let no_column = row.try_get::<_, Picky>(0).unwrap_err();
    for error in [taken, no_number, no_parameter, no_column] {
        assert!(!texts(&error).contains("ada@"), "{}", texts(&error));
        assert!(format!("{:?}", error.postgres()).contains("ada@"), "there for who asks");
    }
}

/// A type of the user's whose errors quote the value, as those of JSON do.
#[derive(Debug)]
struct Picky;

impl ToSql for Picky {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Err("ada@example.com is not picked".into())
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    perf_db::postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Picky {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Err(format!("{} is not picked", String::from_utf8_lossy(raw)).into())
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[tokio::test]
async fn one_row_means_one_row() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let sql = "select generate_series(1, $1)";
    assert!(db.query_one(sql, &[&0]).await.unwrap_err().is_not_found());
    assert!(db.query_opt(sql, &[&0]).await.unwrap().is_none());
    assert_eq!(db.query_one(sql, &[&1]).await.unwrap().get::<_, i32>(0), 1);
    let error = db.query_opt(sql, &[&100_000]).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::TooManyRows);
    assert!(error.to_string().contains("found 100000 rows"), "{error}");
}

#[tokio::test]
async fn violated_keys_are_recognised() {
    let database = testbed::database();
    database
        .sql(
            "create table tree (id int primary key); \
             create table fruit (tree int references tree); \
             insert into tree values (1)",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let error = db.execute("insert into tree values (1)", &[]).await;
    assert!(error.unwrap_err().is_unique_violation());
    let error = db.execute("insert into fruit values (2)", &[]).await;
    assert!(error.unwrap_err().is_foreign_key_violation());
}
