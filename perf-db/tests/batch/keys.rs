//! Keys come back in the order of the rows that were given.

use perf_db::batch::InsertMany;

use crate::{shop, shop_of};

fn scrambled(rows: i64) -> impl Iterator<Item = i64> {
    (0..rows).map(move |n| n * 7_919 % rows)
}

#[tokio::test]
async fn keys_that_the_server_makes_are_in_the_order_of_the_rows() {
    let table =
        "create table product (id int8 generated always as identity primary key, name text)";
    let (_database, db) = shop_of(table).await;
    let insert = InsertMany::into("product", ["name"]).returning_keys(["id", "name"]);
    for rows in [1, 500, 25_000] {
        let names: Vec<(String,)> = scrambled(rows).map(|n| (format!("name {n}"),)).collect();
        let keys = insert.run(&db, &names).await.unwrap();
        let returned: Vec<(String,)> = keys.iter().map(|row| (row.get("name"),)).collect();
        assert_eq!(returned, names);
        assert!(keys.is_sorted_by_key(|row| row.get::<_, i64>("id")));
    }
}

#[tokio::test]
async fn an_update_on_conflict_answers_every_row_in_its_place() {
    let (_database, db) = shop().await;
    let upsert = InsertMany::into("product", ["id", "name"]).on_conflict(["id"]);
    let upsert = upsert.do_update(["name"]).returning_keys(["id", "name"]);
    for rows in [11, 25_000_i64] {
        let given: Vec<i64> = scrambled(rows).chain([0, 5]).collect();
        let batch = given.iter().enumerate().map(|(place, id)| (*id, place.to_string()));
        let keys = upsert.run(&db, batch).await.unwrap();
        let returned: Vec<i64> = keys.iter().map(|row| row.get("id")).collect();
        assert_eq!(returned, given);
        let last: &str = keys[0].get("name");
        assert_eq!(last, rows.to_string(), "the value of the last row with this key");
    }
}
