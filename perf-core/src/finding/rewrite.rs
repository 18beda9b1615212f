//! Turns a statement for one value into a statement for many.

use std::ops::Range;

use crate::sql::{Dialect, Fingerprint, Lexer, PLACEHOLDER, Token, TokenKind};

/// A statement that takes an array where the original took one value.
#[derive(Debug, PartialEq)]
pub(crate) struct Batched {
    /// The column that the array is compared with.
    pub(crate) column: String,
    pub(crate) sql: String,
}

/// Words with which rows of many values would mean something else than those of one.
const NOT_PER_ROW: [&str; 20] = [
    "limit",
    "offset",
    "fetch",
    "group",
    "having",
    "union",
    "except",
    "intersect",
    "distinct",
    "exists",
    "over",
    "with",
    "case",
    "not",
    "is",
    "or",
    "returning",
    "into",
    "lateral",
    "window",
];

/// The functions that a select list may call: these give one value for each row.
const PER_ROW_FUNCTIONS: [&str; 6] = ["coalesce", "lower", "upper", "round", "abs", "length"];

/// `… where order_id = ?` as `… where order_id = any($1)`; `None` unless that surely gives each
/// value's rows: one value in all, compared by the first condition of the only `where`.
pub(crate) fn batched(fingerprint: &Fingerprint) -> Option<Batched> {
    let statement = fingerprint.text();
    let tokens: Vec<Token<'_>> = Lexer::new(statement, Dialect::Postgres).collect();
    let is_plain = fingerprint.dialect() == Dialect::Postgres
        && only(&tokens, PLACEHOLDER).is_some()
        && ["select", "delete"].iter().filter_map(|verb| only(&tokens, verb)).eq([0])
        && !tokens.iter().any(|token| NOT_PER_ROW.contains(&token.text))
        && calls(&tokens).all(|name| PER_ROW_FUNCTIONS.contains(&name));
    let filter = only(&tokens, "where").filter(|_| is_plain)?;
    let column = column(&tokens[filter + 1..])?;
    let compared = filter + 1 + column.len();
    let [equals, value, rest @ ..] = tokens.get(compared..)? else { return None };
    let ends = rest.first().is_none_or(|next| ["and", "order", "for"].contains(&next.text));
    if equals.text != "=" || value.text != PLACEHOLDER || !ends {
        return None;
    }
    let place = place(statement, value);
    let (before, after) = (&statement[..place.start], &statement[place.end..]);
    let column: String = tokens[filter + 1..compared].iter().map(|token| token.text).collect();
    let mut sql = format!("{before}any($1){after}");
    if let Some(rest) = sql.strip_prefix("select ")
        && !lists(&tokens[..filter], &tokens[filter + 1..compared])
    {
        sql = format!("select {column}, {rest}");
    }
    Some(Batched { column, sql })
}

/// Whether the select list gives the column, by its name or with all others.
fn lists(head: &[Token<'_>], column: &[Token<'_>]) -> bool {
    let end = head.iter().position(|token| token.text == "from").unwrap_or(head.len());
    let mut items = head[..end].split(|token| token.text == "select" || token.text == ",");
    items.any(|item| match item {
        [.., star] if star.text == "*" => true,
        item => item.iter().map(|token| token.text).eq(column.iter().map(|token| token.text)),
    })
}

/// Where the word stands, when it stands there only.
fn only(tokens: &[Token<'_>], text: &str) -> Option<usize> {
    let mut places = tokens.iter().enumerate().filter(|(_, token)| token.text == text);
    let (place, _) = places.next()?;
    places.next().is_none().then_some(place)
}

/// The names in front of parentheses, and `` for a parenthesis without one.
fn calls<'t>(tokens: &'t [Token<'_>]) -> impl Iterator<Item = &'t str> {
    tokens.windows(2).filter(|pair| pair[1].text == "(").map(|pair| match pair[0].kind {
        TokenKind::Word => pair[0].text,
        _ => "",
    })
}

/// The column, with the names that qualify it, at the start of a condition.
fn column<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let is_name =
        |token: &Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let mut length = 1;
    while tokens.get(length).is_some_and(|token| token.text == ".") {
        length += 2;
    }
    let column = tokens.get(..length)?;
    column.iter().step_by(2).all(is_name).then_some(column)
}

fn place(statement: &str, token: &Token<'_>) -> Range<usize> {
    let start = token.text.as_ptr().addr() - statement.as_ptr().addr();
    start..start + token.text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(statement: &str) -> Option<String> {
        batched(&Fingerprint::of(statement)).map(|batched| batched.sql)
    }

    #[test]
    fn the_one_value_becomes_an_array() {
        let batched = batched(&Fingerprint::of(
            "select sku from lines l where l.order_id = $1 and paid order by sku",
        ));
        let sql =
            "select l.order_id, sku from lines l where l.order_id = any($1) and paid order by sku";
        let expected = Batched { column: "l.order_id".to_owned(), sql: sql.to_owned() };
        assert_eq!(batched, Some(expected));
    }

    #[test]
    fn a_delete_by_id_and_a_function_of_each_row_stay_what_they_are() {
        let expected = Some("delete from carts where id = any($1)".to_owned());
        assert_eq!(sql("delete from carts where id = 7"), expected);
        for listed in ["id, name", "*", "t.*, a"] {
            let expected = Some(format!("select {listed} from t where id = any($1)"));
            assert_eq!(sql(&format!("select {listed} from t where id = 7")), expected);
        }
        let expected = Some("select id, lower(name) from t where id = any($1)".to_owned());
        assert_eq!(sql("select lower(name) from t where id = $1"), expected);
    }

    #[test]
    fn statements_that_would_mean_something_else_are_left_alone() {
        for statement in [
            "",
            "select now()",
            "select id from orders where user_id = $1 limit 5",
            "select count(*) from orders where user_id = $1",
            "select json_agg(x) from t where id = $1",
            "select row_number() over (order by a) from t where id = $1",
            "select exists(select 1 from users where email = $1)",
            "select x from t where tenant_id = $1 and id = $2",
            "select x from t where status = 'open' and user_id = $1",
            "select x from t where id = $1 and parent = $1",
            "select x from t where id = $1 and kind in ($2, $3)",
            "select x from t where id = $1::uuid",
            "select x from t where id = $1 + 1",
            "select x from t where name = $1 || 'x'",
            "select x from t where not id = $1",
            "select x from t where (id = $1) is not true",
            "select x from t where id = $1 is null",
            "select x from t where id = $1 or public",
            "select x from t where a + b = $1",
            "select x from t where lower(name) = $1",
            "select x from t where data ->> 'k' = $1",
            "select x from t where a[1] = $1",
            "select x from t where id in (select t_id from m where user_id = $1)",
            "with a as (select 1) select x from t where id = $1",
            "update users set name = $1 where id = $2",
            "update users set seen = now() where id = $1",
            "insert into users (name) values ($1)",
            "delete from cart_items where cart_id = $1 and product_id = $2",
        ] {
            assert_eq!(sql(statement), None, "{statement}");
        }
        let mysql = Fingerprint::of_dialect(Dialect::MySql, "select x from t where id = ?");
        assert_eq!(batched(&mysql), None, "MySQL has no arrays");
    }
}
