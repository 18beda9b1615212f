//! Patterns that begin with a wildcard.

use super::shop::{search, shop};

const SQL: &str = "select * from orders where note ilike '%abcde%'";

#[tokio::test]
async fn a_leading_wildcard_gets_an_index_of_trigrams_that_the_planner_uses() {
    let database = shop(true);
    database.sql("create extension pg_trgm").unwrap();
    for sql in [SQL, "select * from orders where note like $1"] {
        let code = search(&database, &[sql]).await.code();
        assert_eq!(
            code,
            ["create index concurrently on public.orders using gin (note public.gin_trgm_ops)"]
        );
    }
    database.sql(&search(&database, &[SQL]).await.code()[0]).unwrap();
    let plan = database.sql(&format!("explain {SQL}")).unwrap();
    assert!(plan.contains("Bitmap Index Scan on orders_note_idx"), "{plan}");
    let again = search(&database, &[SQL]).await.code();
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn without_the_extension_it_is_said_what_to_create() {
    let database = shop(true);
    let searched = search(&database, &[SQL]).await;
    assert!(searched.code().is_empty());
    let missing = searched.advice.missing.iter().find_map(|missing| missing.remedy.as_deref());
    assert_eq!(missing, Some("create extension pg_trgm"));
    assert!(searched.advice.rejected.iter().any(|r| r.why.to_string().contains("pg_trgm")));
}
