//! Turns a statement for one value into a statement for many.

use std::fmt::Write;

use crate::sql::{Lexer, PLACEHOLDER, Token, TokenKind};

/// A statement that takes an array where the original took one value.
#[derive(Debug, PartialEq)]
pub(crate) struct Batched {
    /// The column that the array is compared with.
    pub(crate) column: String,
    pub(crate) sql: String,
}

/// Words after which an array in the place of one value would change what the rows mean.
const NOT_PER_ROW: [&str; 14] = [
    "limit",
    "offset",
    "fetch",
    "group",
    "having",
    "union",
    "except",
    "intersect",
    "distinct",
    "count",
    "sum",
    "avg",
    "min",
    "max",
];

/// `… where order_id = ?` as `… where order_id = any($1)`; `None` where that is not the same.
pub(crate) fn batched(statement: &str) -> Option<Batched> {
    let tokens: Vec<Token<'_>> = Lexer::new(statement, Default::default()).collect();
    if tokens.iter().any(|token| NOT_PER_ROW.contains(&token.text) || token.text == "or") {
        return None;
    }
    let first_value = tokens.iter().position(|token| token.text == PLACEHOLDER)?;
    let filter = tokens.iter().position(|token| token.text == "where")?;
    let equals = filter + tokens[filter..].windows(3).position(is_equality)? + 1;
    if first_value < filter {
        // Values in a select list or SET clause may belong to the one value of the filter.
        return None;
    }
    Some(Batched {
        column: column(&tokens, equals - 1),
        sql: write(statement, &tokens, equals + 1),
    })
}

fn is_equality(tokens: &[Token<'_>]) -> bool {
    let is_column = matches!(tokens[0].kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    is_column && tokens[1].text == "=" && tokens[2].text == PLACEHOLDER
}

fn column(tokens: &[Token<'_>], last: usize) -> String {
    let qualified = last >= 2 && tokens[last - 1].text == ".";
    let first = if qualified { last - 2 } else { last };
    tokens[first..=last].iter().map(|token| token.text).collect()
}

/// The statement with numbered parameters, the one at `array` as the first and an array.
fn write(statement: &str, tokens: &[Token<'_>], array: usize) -> String {
    let mut sql = String::with_capacity(statement.len() + 16);
    let (mut written, mut next) = (0, 2);
    for (at, token) in tokens.iter().enumerate() {
        let start = token.text.as_ptr().addr() - statement.as_ptr().addr();
        sql.push_str(&statement[written..start]);
        written = start + token.text.len();
        if at == array {
            sql.push_str("any($1)");
        } else if token.text == PLACEHOLDER {
            _ = write!(sql, "${next}");
            next += 1;
        } else {
            sql.push_str(token.text);
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(statement: &str) -> Option<String> {
        batched(statement).map(|batched| batched.sql)
    }

    #[test]
    fn the_first_equality_of_the_filter_takes_an_array_and_the_others_follow() {
        let batched = batched("select sku from lines l where l.order_id = ? and kind = ?");
        let sql = "select sku from lines l where l.order_id = any($1) and kind = $2".to_owned();
        assert_eq!(batched, Some(Batched { column: "l.order_id".to_owned(), sql }));
    }

    #[test]
    fn a_delete_by_id_takes_an_array() {
        let expected = Some("delete from carts where id = any($1)".to_owned());
        assert_eq!(sql("delete from carts where id = ?"), expected);
    }

    #[test]
    fn statements_that_would_mean_something_else_are_left_alone() {
        assert_eq!(sql("select id from orders where user_id = ? limit ?"), None);
        assert_eq!(sql("select count(*) from orders where user_id = ?"), None);
        assert_eq!(sql("select id from orders where user_id = ? or public"), None);
        assert_eq!(sql("update users set name = ? where id = ?"), None);
        assert_eq!(sql("insert into users (name) values (?)"), None);
        assert_eq!(sql("select now()"), None);
        assert_eq!(sql(""), None);
    }
}
