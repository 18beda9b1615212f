//! Updates and deletes of many rows by their keys.

use perf_db::Executor;
use perf_db::batch::{DeleteMany, InsertMany, UpdateMany};

use crate::{count, products, shop};

#[tokio::test]
async fn each_row_gets_its_own_values_and_the_last_of_a_key_wins() {
    let (_database, db) = shop().await;
    let update = UpdateMany::of("product", ["id"], ["name"]);
    for rows in [10, 25_000_i64] {
        db.execute("delete from product", &[]).await.unwrap();
        InsertMany::into("product", ["id", "name"]).run(&db, products(0..rows)).await.unwrap();
        let changes = (0..rows + 5).map(|id| (id, Some(format!("new {id}"))));
        let changes = changes.chain([(3, None)]);
        assert_eq!(update.run(&db, changes).await.unwrap(), rows as u64);
        let sql = "select count(*) from product where name = 'new ' || id";
        let row = db.query_one(sql, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), rows - 1);
        let row = db.query_one("select name from product where id = 3", &[]).await.unwrap();
        assert_eq!(row.get::<_, Option<&str>>(0), None);
    }
}

#[tokio::test]
async fn rows_with_the_keys_are_deleted_and_no_others() {
    let (_database, db) = shop().await;
    let delete = DeleteMany::from("product", ["id"]);
    for rows in [10, 25_000] {
        InsertMany::into("product", ["id", "name"]).run(&db, products(0..rows + 2)).await.unwrap();
        let keys = (0..rows).chain([0, -1]).map(|id| (id,));
        assert_eq!(delete.run(&db, keys).await.unwrap(), rows as u64);
        assert_eq!(count(&db).await, 2);
        delete.run(&db, [(rows,), (rows + 1,)]).await.unwrap();
    }
}
