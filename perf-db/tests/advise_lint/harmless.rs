//! Statements in which there is nothing to find.

use crate::shop;

#[tokio::test]
async fn nothing_is_found_in_two_hundred_harmless_statements() {
    let shop = shop::schema().await;
    let statements = include_str!("harmless.sql").lines();
    let found: Vec<String> = statements
        .clone()
        .filter(|sql| !shop::lint(shop, sql).is_empty())
        .map(|sql| format!("{:?} in {sql}", shop::kinds(shop, sql)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(statements.count() >= 200);
}
