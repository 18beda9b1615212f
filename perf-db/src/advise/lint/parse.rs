use perf_core::sql::Dialect;
use sqlparser::ast::Statement;
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::shape::{LARGE_STACK, Shape};

/// Longer texts are not read: they are lists of values, and of those the server cuts what it keeps.
const MOST_BYTES: usize = 64 * 1024;

/// How deep the parser goes, whatever makes it: its own default.
const MOST_LEVELS: usize = 50;

/// What `read` makes of the only statement of a text; `None` where that is not what it holds, or it
/// is too large to be read in little time.
///
/// The parser, the rules and the drop of the tree go as deep as the text does, so all of that runs
/// on a stack that is large enough for it.
pub(crate) fn with<T>(sql: &str, dialect: Dialect, read: impl FnOnce(Statement) -> T) -> Option<T> {
    if sql.len() > MOST_BYTES {
        return None;
    }
    let (of_mysql, of_postgres) = (MySqlDialect {}, PostgreSqlDialect {});
    let (parser, tokens) = match dialect {
        Dialect::MySql => {
            let tokens = Tokenizer::new(&of_mysql, sql).tokenize().ok()?;
            (Parser::new(&of_mysql), of_digest(tokens))
        }
        _ => {
            let tokens = Tokenizer::new(&of_postgres, sql).tokenize().ok()?;
            (Parser::new(&of_postgres), of_normalized(tokens))
        }
    };
    let left_bytes = Shape::of(&tokens).stack_bytes()?;
    stacker::maybe_grow(left_bytes, LARGE_STACK, || only(parser, tokens).map(read))
}

fn only(parser: Parser<'_>, tokens: Vec<Token>) -> Option<Statement> {
    let mut parser = parser.with_recursion_limit(MOST_LEVELS).with_tokens(tokens);
    let mut statements = parser.parse_statements().ok()?;
    let statement = statements.pop()?;
    statements.is_empty().then_some(statement)
}

/// `date $1`, which pg_stat_statements makes of `date '2026-01-01'`, as `$1`: the server does not
/// take the one either.
fn of_normalized(tokens: Vec<Token>) -> Vec<Token> {
    let mut read: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if matches!(token, Token::Placeholder(_)) {
            while read.last().is_some_and(|last| matches!(last, Token::Whitespace(_))) {
                read.pop();
            }
            while read.last().is_some_and(is_type) {
                read.pop();
                while read.last().is_some_and(|last| matches!(last, Token::Whitespace(_))) {
                    read.pop();
                }
            }
        }
        read.push(token);
    }
    read
}

fn is_type(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    const TYPES: [&str; 14] = [
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "interval",
        "uuid",
        "json",
        "jsonb",
        "numeric",
        "inet",
        "bytea",
        "point",
        "box",
    ];
    word.quote_style.is_none() && TYPES.iter().any(|name| word.value.eq_ignore_ascii_case(name))
}

/// `in (...)` and `values (...)` of MySQL's digests as lists of one value.
fn of_digest(tokens: Vec<Token>) -> Vec<Token> {
    let mut read: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut dots = 0;
    for token in tokens {
        dots = if token == Token::Period { dots + 1 } else { 0 };
        read.push(token);
        if dots == 3 {
            read.truncate(read.len() - 3);
            read.push(Token::Placeholder("?".to_owned()));
            dots = 0;
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(sql: &str) -> bool {
        with(sql, Dialect::Postgres, drop).is_some()
    }

    #[test]
    fn what_pg_stat_statements_and_digests_write_is_read() {
        for sql in [
            "select a from t where b > now() - interval $1",
            "select a from t where b in ($1 /*, ... */) limit $2 offset $3",
            "select a from t where b = date $1 and c = any($2)",
            "select a from t where c between timestamp $1 and timestamp $2",
            "insert into t (a, b) values ($1, $2) on conflict (a) do update set b = excluded.b",
            "select data ->> $1 from t where data @> $2::jsonb and data ? $3",
            "update t set a = $1 where ctid = $2 returning *",
        ] {
            assert!(reads(sql), "{sql}");
        }
        for sql in [
            "SELECT `a` FROM `t` WHERE `b` IN (...) LIMIT ?",
            "INSERT INTO `t` ( `a` , `b` ) VALUES (...) /* , ... */",
            "SELECT * FROM `shop` . `orders` WHERE `id` = ?",
        ] {
            assert!(with(sql, Dialect::MySql, drop).is_some(), "{sql}");
        }
    }

    #[test]
    fn what_is_too_deep_too_long_or_not_one_statement_is_not_read() {
        let many = |part: &str, times: usize| part.repeat(times);
        for sql in [
            String::new(),
            "select 1; commit".to_owned(),
            "selec a from t".to_owned(),
            format!("select {}1{}", many("(", 10_000), many(")", 10_000)),
            format!("select {}1", many("not ", 10_000)),
            format!("select {}1", many("- ", 10_000)),
            format!("select 1{}", many("+1", 10_000)),
            format!("select a{} from t", many("::int", 10_000)),
            format!("select a from t where {}", many("a = 1 or ", 5_000)),
            format!("select 1 {}", many(" union select 1", 3_000)),
            format!("select a from t where b in (1{})", many(",1", 500_000)),
            "(".repeat(1 << 20),
        ] {
            assert!(!reads(&sql), "{} bytes", sql.len());
        }
        assert!(reads(&format!("select a from t where b in (1{})", many(",1", 20_000))));
    }
}
