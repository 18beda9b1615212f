//! Walking pages shows each row once, whatever the data, the order and the direction.

use perf_db::{Db, Executor, Key, Keyset, Page, asc, desc};

const ROWS: i32 = 57;

/// Values that repeat, are NULL and are of types of all sorts; only the last column is unique.
async fn random_table(db: &Db) {
    for statement in [
        "drop table if exists item",
        "create table item (a int, b text, c timestamptz, d numeric, e float8, f uuid, \
         id bigint primary key)",
    ] {
        db.execute(statement, &[]).await.unwrap();
    }
    let value = |expression: &str| match fastrand::u8(..4) {
        0 => "null".to_owned(),
        _ => expression.replace('?', &fastrand::u8(..4).to_string()),
    };
    for id in 0..ROWS {
        let values = [
            value("? - 2"),
            value("repeat('ä', ?)"),
            value("'2026-01-1?'::timestamptz + '1 day'"),
            value("?.50"),
            value("case ? when 0 then 'NaN' when 1 then '-Infinity' else '1e300' end::float8"),
            value("('00000000-0000-0000-0000-00000000000' || ?)::uuid"),
        ];
        let sql = format!("insert into item values ({}, {id})", values.join(", "));
        db.execute(sql, &[]).await.unwrap();
    }
}

fn random_order(columns: &[&str]) -> Vec<(Key, String)> {
    let mut columns = columns.to_vec();
    fastrand::shuffle(&mut columns);
    columns.truncate(fastrand::usize(..4));
    let key = |column: &str| {
        let (key, direction) = match fastrand::bool() {
            true => (asc(column), "asc"),
            false => (desc(column), "desc"),
        };
        match fastrand::u8(..3) {
            0 => (key.nulls_first(), format!("{column} {direction} nulls first")),
            1 => (key.nulls_last(), format!("{column} {direction} nulls last")),
            _ => (key, format!("{column} {direction}")),
        }
    };
    let mut order: Vec<_> = columns.into_iter().map(key).collect();
    order.push(match fastrand::bool() {
        true => (asc("id"), "id".to_owned()),
        false => (desc("id"), "id desc".to_owned()),
    });
    order
}

fn ids(page: &Page) -> Vec<i64> {
    page.rows.iter().map(|row| row.get("id")).collect()
}

#[tokio::test]
async fn all_pages_forward_and_back_are_the_rows_of_the_whole_query() {
    let database = testbed::database();
    let db = Db::connect(database.url()).await.unwrap();
    let columns = ["a", "b", "c", "d", "e", "f"];
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    fastrand::seed(seed);
    for turn in 0..60 {
        if turn % 10 == 0 {
            random_table(&db).await;
        }
        let order = random_order(&columns);
        let text: Vec<&str> = order.iter().map(|(_, text)| &**text).collect();
        let select = "select * from item where id <> $1";
        let whole = format!("{select} order by {}", text.join(", "));
        let whole: Vec<i64> =
            db.query(whole, &[&3_i64]).await.unwrap().iter().map(|row| row.get("id")).collect();
        let keyset = Keyset::new(select, order.iter().map(|(key, _)| key.clone()));
        let size = fastrand::i64(1..=ROWS.into());
        let mut pages = Vec::new();
        let mut cursor = None;
        loop {
            let page = keyset.page(&db, &[&3_i64], cursor.as_deref(), size).await.unwrap();
            assert_eq!(page.previous.is_none(), pages.is_empty());
            pages.push(ids(&page));
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(pages.concat(), whole, "{text:?}, {size} on a page");
        // The way back shows the same pages.
        let last = keyset.page(&db, &[&3_i64], cursor.as_deref(), size).await.unwrap();
        let mut cursor = last.previous;
        for seen in pages.iter().rev().skip(1) {
            let page = keyset.page(&db, &[&3_i64], cursor.as_deref(), size).await.unwrap();
            assert_eq!(ids(&page), *seen, "{text:?}, {size} on a page, on the way back");
            assert!(page.next.is_some());
            cursor = page.previous;
        }
        assert_eq!(cursor, None);
    }
}

#[tokio::test]
async fn a_row_that_is_inserted_or_deleted_moves_no_other_to_another_page() {
    let database = testbed::database();
    database.sql("create table item as select id from generate_series(10, 60, 10) id").unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let items = Keyset::new("select id::bigint from item", [asc("id")]);
    let first = items.page(&db, &[], None, 2).await.unwrap();
    database.sql("insert into item values (5), (15); delete from item where id = 20").unwrap();
    let second = items.page(&db, &[], first.next.as_deref(), 2).await.unwrap();
    assert_eq!(ids(&second), [30, 40]);
    let back = items.page(&db, &[], second.previous.as_deref(), 2).await.unwrap();
    assert_eq!(ids(&back), [10, 15]);
    // A page whose rows are gone still knows the way back, to the last row that is left.
    database.sql("delete from item where id > 40").unwrap();
    let third = items.page(&db, &[], second.next.as_deref(), 2).await.unwrap();
    assert_eq!((ids(&third).len(), third.next), (0, None));
    let back = items.page(&db, &[], third.previous.as_deref(), 2).await.unwrap();
    assert_eq!(ids(&back), [30, 40]);
    assert!(back.next.is_some());
    database.sql("delete from item where id < 30").unwrap();
    let none = items.page(&db, &[], second.previous.as_deref(), 2).await.unwrap();
    assert_eq!((ids(&none).len(), none.previous), (0, None));
    let again = items.page(&db, &[], none.next.as_deref(), 2).await.unwrap();
    assert_eq!(ids(&again), [30, 40]);
}

#[tokio::test]
async fn a_page_works_in_a_transaction_over_joins_and_a_with_of_its_own() {
    let database = testbed::database();
    database
        .sql(
            "create table page (id int primary key, \"Title\" text not null);
             insert into page select id, 'page ' || id % 3 from generate_series(1, 9) id",
        )
        .unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let sql = "with odd as (select id from page where id % 2 = $1) \
               select page.* from page join odd using (id) -- of which there are five";
    let pages = Keyset::new(sql, [desc("Title").not_null(), desc("id")]);
    let transaction = db.read().transaction().await.unwrap();
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = pages.page(&transaction, &[&1], cursor.as_deref(), 2).await.unwrap();
        found.extend(page.rows.iter().map(|row| row.get::<_, i32>("id")));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, [5, 7, 1, 9, 3]);
}
