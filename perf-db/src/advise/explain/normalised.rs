//! Statements as pg_stat_statements writes them down: with `$1` wherever there was a constant.

use std::borrow::Cow;

use perf_core::sql::{Dialect, Lexer, Token, TokenKind};

/// Types whose constants are written behind their name: `interval '1 day'`.
const TYPES: [&str; 16] = [
    "bigint",
    "bool",
    "boolean",
    "date",
    "int",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
];

/// The text with `interval $1`, which PostgreSQL does not take, as `$1::interval`. It takes no
/// parameter behind the name of any type, so that nothing else can have been meant.
pub(crate) fn mended(sql: &str) -> Cow<'_, str> {
    let tokens: Vec<Token<'_>> = Lexer::new(sql, Dialect::Postgres).collect();
    let mut mended = String::new();
    let mut copied = 0;
    for pair in tokens.windows(2) {
        let [name, parameter] = pair else { continue };
        let is_type = TYPES.iter().any(|ty| name.text.eq_ignore_ascii_case(ty));
        if name.kind == TokenKind::Word && is_type && parameter.kind == TokenKind::Parameter {
            let (at, end) = (place(sql, name), place(sql, parameter) + parameter.text.len());
            mended.push_str(&sql[copied..at]);
            mended.extend([parameter.text, "::", name.text]);
            copied = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(sql);
    }
    mended.push_str(&sql[copied..]);
    Cow::Owned(mended)
}

/// Where in the text its token begins.
fn place(sql: &str, token: &Token<'_>) -> usize {
    token.text.as_ptr() as usize - sql.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_behind_its_type_is_put_in_front_of_it() {
        for (normalised, expected) in [
            ("select now() - interval $1", "select now() - $1::interval"),
            ("select INTERVAL /* a day */ $2 day, $1", "select $2::INTERVAL day, $1"),
            ("select date $1 + time $2", "select $1::date + $2::time"),
        ] {
            assert_eq!(mended(normalised), expected);
        }
    }

    #[test]
    fn other_parameters_stay_where_they_are() {
        for sql in [
            "select $1::interval",
            "select at_date from t where at_date = $1",
            "select 'interval $1'",
            "select \"interval\" $1",
            "",
        ] {
            assert!(matches!(mended(sql), Cow::Borrowed(same) if same == sql), "{sql}");
        }
    }
}
