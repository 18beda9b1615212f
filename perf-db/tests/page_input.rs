//! What clients send for cursors, numbers and sizes of pages is refused in one sentence.

use perf_db::{Db, DbErrorKind, Keyset, Offset, asc, desc};

async fn items() -> (testbed::Database, Db) {
    let database = testbed::database();
    let table = "create table item as select id, id % 3 as kind from generate_series(1, 30) id";
    database.sql(table).unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    (database, db)
}

#[tokio::test]
async fn a_cursor_that_is_forged_cut_off_or_of_another_query_is_refused() {
    let (database, db) = items().await;
    let select = "select id, kind from item";
    let items = Keyset::new(select, [asc("id")]);
    let next = items.page(&db, &[], None, 10).await.unwrap().next.unwrap();
    let mut forged = next.clone();
    forged.replace_range(30..31, if &next[30..31] == "A" { "B" } else { "A" });
    for cursor in [&forged, &next[..next.len() - 2], "", "null", "' or 1 = 1"] {
        let error = items.page(&db, &[], Some(cursor), 10).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Forged, "{cursor}");
        assert!(error.to_string().contains("begin with the first page"), "{error}");
    }
    let others = [
        Keyset::new("select id, kind from item where id > 0", [asc("id")]),
        Keyset::new(select, [desc("id")]),
        Keyset::new(select, [asc("kind"), asc("id")]),
    ];
    for other in others {
        let error = other.page(&db, &[], Some(&next), 10).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Forged);
        assert!(error.to_string().contains("another query"), "{error}");
    }
    // Another instance has another secret.
    let stranger = Db::connect(database.url()).await.unwrap();
    let error = items.page(&stranger, &[], Some(&next), 10).await.unwrap_err();
    assert!(error.to_string().contains("DbBuilder::secret"), "{error}");
    let instance = || Db::builder(database.url()).secret("sixteen bytes and more").build();
    let (one, other) = (instance().await.unwrap(), instance().await.unwrap());
    let next = items.page(&one, &[], None, 10).await.unwrap().next.unwrap();
    assert_eq!(items.page(&other, &[], Some(&next), 10).await.unwrap().rows.len(), 10);
}

#[tokio::test]
async fn a_cursor_from_before_its_column_changed_its_type_is_refused() {
    let (database, _db) = items().await;
    let items = Keyset::new("select id from item", [asc("id")]);
    let instance = || Db::builder(database.url()).secret(*b"0123456789abcdef").build();
    for to in ["bigint", "text"] {
        let db = instance().await.unwrap();
        let next = items.page(&db, &[], None, 10).await.unwrap().next.unwrap();
        database.sql(&format!("alter table item alter id type {to}")).unwrap();
        let db = instance().await.unwrap();
        let error = items.page(&db, &[], Some(&next), 10).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Forged);
        assert!(error.to_string().contains("another type"), "{error}");
    }
}

#[tokio::test]
async fn a_size_or_number_out_of_bounds_is_refused_before_anything_is_sent() {
    let (_database, db) = items().await;
    let keyset = Keyset::new("select id from item", [asc("id")]);
    let offset = Offset::new("select id from item", [asc("id")]);
    for size in [0, -1, 1_001, 10_000_000, i64::MIN, i64::MAX] {
        for error in [
            keyset.page(&db, &[], None, size).await.unwrap_err(),
            offset.page(&db, &[], 1, size).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), DbErrorKind::Page);
            let sentence = format!("a page of {size} rows cannot be had: ask for 1 to 1000");
            assert_eq!(error.to_string(), sentence);
        }
    }
    for page in [0, -1, i64::MIN, i64::MAX] {
        let error = offset.page(&db, &[], page, 10).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Page);
        assert!(error.to_string().contains("counted from 1"), "{error}");
    }
    let large = Keyset::new("select id from item", [asc("id")]).max_size(5_000);
    assert_eq!(large.page(&db, &[], None, 5_000).await.unwrap().rows.len(), 30);
}

#[tokio::test]
async fn an_order_that_would_lose_rows_is_an_error_that_says_so() {
    let (database, db) = items().await;
    let kinds = Keyset::new("select id, kind from item", [asc("kind")]);
    let error = kinds.page(&db, &[], None, 10).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Parameters);
    assert!(error.to_string().contains("unique column"), "{error}");
    database.sql("insert into item values (null, 7)").unwrap();
    let nulls = Keyset::new("select id, kind from item", [desc("id")]);
    let error = nulls.page(&db, &[], None, 10).await.unwrap_err();
    assert!(error.to_string().contains("id is NULL"), "{error}");
    let error = Keyset::new("select id from item", []).page(&db, &[], None, 10).await.unwrap_err();
    assert_eq!(error.kind(), DbErrorKind::Settings);
    let long = Keyset::new("select repeat('x', 5000) || id as x from item", [asc("x")]);
    let error = long.page(&db, &[], None, 10).await.unwrap_err();
    assert!(error.to_string().contains("shorter column"), "{error}");
}
