//! Every way to the server brings the same values, of every sort of column.

use perf_db::batch::InsertMany;
use perf_db::{Db, Executor, ToSql};

use crate::shop_of;

const TABLE: &str = "create type mood as enum ('sad', 'glad');
    create domain positive as int4 check (value > 0);
    create schema other;
    create table other.product (
        id int8 primary key, small int2, amount positive, ratio float4, flag bool, bytes bytea,
        letter \"char\", word varchar(5), padded char(5), happy mood, note jsonb
    )";

const COLUMNS: [&str; 6] = ["id", "small", "amount", "ratio", "flag", "bytes"];

fn row(id: i64) -> (i64, Option<i16>, i32, f32, bool, Vec<u8>) {
    (id, (id % 3 != 0).then_some(7), 1, 0.5, id % 2 == 0, vec![0, id as u8])
}

async fn digest(db: &Db, rows: i64) -> String {
    let sql = "select md5(string_agg(product::text, ',' order by id)) from other.product
               where id < $1";
    db.query_one(sql, &[&rows]).await.unwrap().get(0)
}

#[tokio::test]
async fn one_statement_copy_and_temporary_table_bring_the_same_values() {
    let (_database, db) = shop_of(TABLE).await;
    let insert = InsertMany::into("other.product", COLUMNS);
    let upsert = insert.clone().on_conflict(["id"]).do_update(["small"]);
    let (few, many, more) = (100, 10_000, 30_000);
    insert.run(&db, (0..few).map(row)).await.unwrap();
    let expected = digest(&db, few).await;
    for (insert, rows) in [(&insert, many), (&upsert, more), (&upsert, few)] {
        db.execute("delete from other.product", &[]).await.unwrap();
        insert.run(&db, (0..rows).map(row)).await.unwrap();
        assert_eq!(digest(&db, few).await, expected, "{rows} rows");
    }
}

#[tokio::test]
async fn types_of_the_user_and_lengths_are_kept_to() {
    let (_database, db) = shop_of(TABLE).await;
    let insert = InsertMany::into("other.product", ["id", "letter", "word", "padded"]);
    insert.run(&db, [(1_i64, 7_i8, "five5", "ab")]).await.unwrap();
    for rows in [1, 10_000_i64] {
        let long = (100..100 + rows).map(|id| (id, 7_i8, "too long", "ab"));
        let error = insert.run(&db, long).await.unwrap_err();
        assert_eq!(error.code(), Some("22001"));
        let upsert = InsertMany::into("other.product", ["id", "amount"]).on_conflict(["id"]);
        let negative = (100..100 + 3 * rows).map(|id| (id, -1));
        let error = upsert.do_nothing().run(&db, negative).await.unwrap_err();
        assert_eq!(error.code(), Some("23514"));
    }
}

#[tokio::test]
async fn a_column_of_arrays_takes_any_number_of_rows() {
    let (_database, db) = shop_of("create table product (id int8 primary key, tags text[])").await;
    let insert = InsertMany::into("product", ["id", "tags"]);
    let upsert = insert.clone().on_conflict(["id"]).do_update(["tags"]);
    let tags = |id: i64| vec![format!("tag {id}"), "x".to_owned()];
    for rows in [1, 64, 65, 10_000] {
        for insert in [&insert, &upsert] {
            db.execute("delete from product", &[]).await.unwrap();
            insert.run(&db, (0..rows).map(|id| (id, tags(id)))).await.unwrap();
            let sql = "select count(*) from product where tags = array['tag ' || id, 'x']";
            let row = db.query_one(sql, &[]).await.unwrap();
            assert_eq!(row.get::<_, i64>(0), rows);
        }
    }
}

#[tokio::test]
async fn a_batch_of_more_values_than_there_are_parameters_is_sent() {
    let (_database, db) = shop_of("create table product (a int4, b int4, c int4[])").await;
    for (columns, rows) in [(&["a", "b"][..], 40_000), (&["a", "b", "c"][..], 40_000)] {
        let values: [&(dyn ToSql + Sync); 3] = [&1, &2, &None::<Vec<i32>>];
        let rows_of = std::iter::repeat_n(&values[..columns.len()], rows);
        let insert = InsertMany::into("product", columns.iter().copied());
        assert_eq!(insert.run(&db, rows_of).await.unwrap().inserted, rows as u64);
    }
}

#[tokio::test]
async fn several_batches_share_a_transaction_and_a_session() {
    let (_database, db) = shop_of("create table product (id int8 primary key)").await;
    let upsert = InsertMany::into("product", ["id"]).on_conflict(["id"]).do_nothing();
    let transaction = db.transaction().await.unwrap();
    for start in [0, 10_000, 20_000_i64] {
        let ids = (start..start + 25_000).map(|id| (id,));
        upsert.run(&transaction, ids).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(crate::count(&db).await, 45_000);
    let session = db.session().await.unwrap();
    upsert.run(&session, (0..50_000_i64).map(|id| (id,))).await.unwrap();
    assert_eq!(crate::count(&db).await, 50_000);
}
