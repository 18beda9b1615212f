//! What does not fit is refused with a sentence that says what to change.

use perf_db::batch::{DeleteMany, InsertMany, UpdateMany, execute_many};
use perf_db::{DbErrorKind, Executor, ToSql};

use crate::{count, shop, shop_of};

fn insert() -> InsertMany {
    InsertMany::into("product", ["id", "name"])
}

#[tokio::test]
async fn an_empty_batch_sends_nothing() {
    let (_database, db) = shop().await;
    let (outcome, work) = perf_core::Scope::named("empty")
        .run(async {
            let none = Vec::<(i64, &str)>::new();
            insert().run(&db, &none).await?;
            execute_many(&db, "delete from product where id = $1", Vec::<(i64,)>::new()).await?;
            insert().returning_keys(["id"]).run(&db, none).await
        })
        .await;
    assert!(outcome.unwrap().is_empty());
    assert_eq!(work.queries(), 0);
}

#[tokio::test]
async fn rows_of_unequal_shape_are_told_apart_by_their_number() {
    let (_database, db) = shop().await;
    let (one, name): (&(dyn ToSql + Sync), &(dyn ToSql + Sync)) = (&1_i64, &"a");
    for (row, values) in [(2, vec![one]), (2, vec![one, name, name])] {
        let rows = vec![vec![one, name], values];
        let error = insert().run(&db, rows).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Parameters);
        assert!(error.to_string().contains(&format!("row {row} ")), "{error}");
        assert!(error.to_string().contains("there are 2 columns"), "{error}");
    }
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn a_zero_byte_names_row_and_column_and_not_the_value() {
    let (_database, db) = shop().await;
    let error = insert().run(&db, [(1_i64, "a"), (2, "secret\0")]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 2 of the batch cannot be sent: column \"name\" holds a zero byte, which no text of \
         PostgreSQL can: take it out, or make the column bytea"
    );
}

#[tokio::test]
async fn a_value_of_another_type_names_the_column_and_both_types() {
    let (_database, db) = shop().await;
    let error = insert().run(&db, [(1_i32, "a")]).await.unwrap_err().to_string();
    assert!(error.contains("\"id\"") && error.contains("int8") && error.contains("i32"), "{error}");
}

#[tokio::test]
async fn names_that_do_not_fit_are_settings_to_correct() {
    let (_database, db) = shop().await;
    let rows = [(1_i64, "a")];
    let none: [&str; 0] = [];
    let wrong = [
        InsertMany::into("product", ["id", "nmae"]),
        InsertMany::into("product", none),
        InsertMany::into("product", ["id", "id"]),
        InsertMany::into("", ["id", "name"]),
        InsertMany::into("product", ["id", "na\0me"]),
        insert().on_conflict(["key"]).do_nothing(),
        insert().on_conflict(none).do_nothing(),
        insert().on_conflict(["id"]).do_update(none),
        insert().on_conflict(["id"]).do_update(["price"]),
    ];
    for insert in wrong {
        let error = insert.run(&db, rows).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Settings, "{insert:?}: {error}");
    }
    let error = InsertMany::into("prodcut", ["id", "name"]).run(&db, rows).await.unwrap_err();
    assert_eq!(error.code(), Some("42P01"));
    let update = UpdateMany::of("product", none, ["name"]).run(&db, [("a",)]).await;
    assert_eq!(update.unwrap_err().kind(), DbErrorKind::Settings);
    let delete = DeleteMany::from("product", none).run(&db, [(1_i64,)]).await;
    assert_eq!(delete.unwrap_err().kind(), DbErrorKind::Settings);
}

#[tokio::test]
async fn an_unknown_column_fails_the_transaction_it_is_named_in() {
    let (_database, db) = shop().await;
    let transaction = db.transaction().await.unwrap();
    let insert = InsertMany::into("product", ["id", "nmae"]);
    let error = insert.run(&transaction, [(1_i64, "a")]).await.unwrap_err();
    assert!(error.to_string().contains("(id, nmae,"), "{error}");
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::RolledBack);
    let answer = insert_of_id().returning_keys(["nmae"]).run(&db, [(1_i64,)]).await;
    assert_eq!(answer.unwrap_err().kind(), DbErrorKind::Settings);
    assert_eq!(count(&db).await, 0);
}

fn insert_of_id() -> InsertMany {
    InsertMany::into("product", ["id"])
}

#[tokio::test]
async fn a_name_is_never_read_as_sql() {
    let (_database, db) =
        shop_of("create table product (\"a\"\"; drop table product --\" int4)").await;
    let insert = InsertMany::into("product", ["a\"; drop table product --"]);
    insert.run(&db, [(1,)]).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_reader_refuses_every_batch_before_it_is_sent() {
    let (_database, db) = shop().await;
    let (reader, rows) = (db.read(), [(1_i64, "a")]);
    let keys = [(1_i64,)];
    let errors = [
        insert().run(&reader, rows).await.unwrap_err(),
        insert().on_conflict(["id"]).do_nothing().run(&reader, rows).await.unwrap_err(),
        insert().returning_keys(["id"]).run(&reader, rows).await.unwrap_err(),
        insert().continue_on_error(5).run(&reader, rows).await.unwrap_err(),
        UpdateMany::of("product", ["id"], ["name"]).run(&reader, rows).await.unwrap_err(),
        DeleteMany::from("product", ["id"]).run(&reader, keys).await.unwrap_err(),
        execute_many(&reader, "delete from product where id = $1", keys).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), DbErrorKind::ReadOnly, "{error}");
    }
}

#[tokio::test]
async fn floats_that_are_no_numbers_are_values() {
    let (_database, db) = shop_of("create table product (weight float8)").await;
    let weights = [(f64::NAN,), (f64::INFINITY,), (f64::NEG_INFINITY,)];
    InsertMany::into("product", ["weight"]).run(&db, weights).await.unwrap();
    let row = db.query_one("select array_agg(weight) from product", &[]).await.unwrap();
    let back: Vec<f64> = row.get(0);
    assert!(back[0].is_nan() && back[1] == f64::INFINITY && back[2] == f64::NEG_INFINITY);
}

#[tokio::test]
async fn a_table_whose_column_changed_its_type_fails_once_and_is_never_misread() {
    let (database, db) = shop_of("create table product (id int8)").await;
    let insert = InsertMany::into("product", ["id"]);
    insert.run(&db, [(1_i64,)]).await.unwrap();
    database.sql("alter table product alter id type float8").unwrap();
    let ids = (2..8_000).map(|id| (id,));
    insert.run(&db, ids).await.unwrap_err();
    assert_eq!(count(&db).await, 1, "eight bytes of another kind");
    let ids = (2..8_000).map(|id| (f64::from(id),));
    insert.run(&db, ids).await.unwrap();
    let sum: f64 = db.query_one("select sum(id) from product", &[]).await.unwrap().get(0);
    assert_eq!(sum, f64::from((1..8_000).sum::<i32>()));
}
