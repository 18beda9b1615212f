use std::collections::HashSet;

use perf_core::sql::{Dialect, Lexer, Token, TokenKind};

use super::select_list::{self, SelectList};
use crate::advise::aggregates::AGGREGATES;
use crate::advise::schema::{Schema, Table};

/// What a `select` says by its words.
#[derive(Debug)]
pub(super) struct Query<'a> {
    /// Whether it gives one row for many.
    pub(super) is_aggregate: bool,
    /// Whether it gives the same answer to everybody, as long as nobody writes and no time passes.
    pub(super) is_repeatable: bool,
    /// Whether it asks for the time.
    pub(super) depends_on_time: bool,
    /// Whether it has values that are sent beside it.
    pub(super) has_parameters: bool,
    /// Whether one of them stands in a condition.
    pub(super) compares_parameters: bool,
    has_literals: bool,
    pub(super) list: SelectList,
    tokens: Vec<Token<'a>>,
}

/// Functions and words that answer each caller or each call in another way.
const OWN_TO_A_CALL: [&str; 13] = [
    "current_role",
    "current_schema",
    "current_setting",
    "current_user",
    "currval",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "random",
    "session_user",
    "setval",
    "tablesample",
    "uuid_generate_v4",
];

const TIME: [&str; 9] = [
    "clock_timestamp",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "now",
    "statement_timestamp",
    "transaction_timestamp",
];

/// What the `from` in their parentheses belongs to.
const WITH_OWN_FROM: [&str; 4] = ["extract", "overlay", "substring", "trim"];

/// Words that end a list of tables.
const AFTER_TABLES: [&str; 13] = [
    "except",
    "fetch",
    "for",
    "group",
    "having",
    "intersect",
    "limit",
    "offset",
    "on",
    "order",
    "union",
    "where",
    "window",
];

impl<'a> Query<'a> {
    /// `None` for what is no plain query: one that locks or makes a table.
    pub(super) fn read(sql: &'a str) -> Option<Self> {
        let mut tokens: Vec<Token<'a>> = Lexer::new(sql, Dialect::Postgres).collect();
        while tokens.last().is_some_and(|token| token.text == ";") {
            tokens.pop();
        }
        if tokens.iter().any(|token| token.text == ";") {
            return None;
        }
        let words = || tokens.iter().filter(|token| token.kind == TokenKind::Word);
        let has = |names: &[&str]| words().any(|word| is_one_of(word, names));
        let locks = tokens.windows(2).any(|pair| {
            is(&pair[0], "for") && is_one_of(&pair[1], &["update", "share", "no", "key"])
        });
        if locks || has(&["into"]) {
            return None;
        }
        let kind = |kind| tokens.iter().any(|token| token.kind == kind);
        let list = select_list::read(&tokens)?;
        Some(Self {
            is_aggregate: list.is_grouped || (calls_aggregate(&tokens) && !has(&["over"])),
            is_repeatable: !has(&OWN_TO_A_CALL),
            depends_on_time: has(&TIME),
            has_parameters: kind(TokenKind::Parameter),
            compares_parameters: compares_parameters(&tokens),
            has_literals: kind(TokenKind::Number) || kind(TokenKind::Text),
            list,
            tokens,
        })
    }

    /// Whether it has values that must not be shown.
    pub(super) fn has_values(&self) -> bool {
        self.has_literals || self.has_parameters
    }

    /// The tables that it reads, each once; `None` where a name is that of no table, such as a view,
    /// so that nobody knows what changes behind it.
    pub(super) fn tables<'s>(&self, schema: &'s Schema) -> Option<Vec<&'s Table>> {
        let has_names_of_its_own = self.tokens.first().is_some_and(|token| is(token, "with"));
        let mut tables: Vec<&Table> = Vec::new();
        let mut seen = HashSet::new();
        for (qualifier, name) in table_names(&self.tokens) {
            match schema.find(qualifier.as_deref(), &name) {
                Some(table) if !seen.insert(table.oid) => {}
                Some(table) => tables.push(table),
                None if has_names_of_its_own && qualifier.is_none() => {}
                None => return None,
            }
        }
        (!tables.is_empty()).then_some(tables)
    }
}

pub(super) fn is(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
}

pub(super) fn is_one_of(token: &Token<'_>, words: &[&str]) -> bool {
    words.iter().any(|word| is(token, word))
}

/// A name as the catalog has it.
pub(super) fn folded(token: &Token<'_>) -> Option<String> {
    match token.kind {
        TokenKind::Word => Some(token.text.to_lowercase()),
        TokenKind::QuotedIdentifier => {
            let inner = token.text.strip_prefix('"')?.strip_suffix('"')?;
            Some(inner.replace("\"\"", "\""))
        }
        _ => None,
    }
}

fn calls_aggregate(tokens: &[Token<'_>]) -> bool {
    tokens.windows(2).any(|pair| is_one_of(&pair[0], &AGGREGATES) && pair[1].text == "(")
}

/// By the last word that begins a part of a statement, in subqueries too.
fn compares_parameters(tokens: &[Token<'_>]) -> bool {
    let mut in_condition = false;
    for token in tokens {
        if is_one_of(token, &["where", "having", "on"]) {
            in_condition = true;
        } else if is_one_of(token, &["select", "from", "join", "group", "order", "limit", "offset"])
        {
            in_condition = false;
        }
        if in_condition && token.kind == TokenKind::Parameter {
            return true;
        }
    }
    false
}

/// What stands after `from`, `join` and the commas between, with the schema in front where it has one.
fn table_names(tokens: &[Token<'_>]) -> Vec<(Option<String>, String)> {
    let mut names = Vec::new();
    // For each open parenthesis, whether a `from` in it names tables, and whether such a list goes on.
    let mut open = vec![(true, false)];
    for (at, token) in tokens.iter().enumerate() {
        let Some(level) = open.last_mut() else { return names };
        let expects_table = match token.text {
            "(" => {
                let before = at.checked_sub(1).map(|before| &tokens[before]);
                let is_call = before.is_some_and(|word| is_one_of(word, &WITH_OWN_FROM));
                open.push((!is_call, false));
                continue;
            }
            ")" => {
                open.pop();
                continue;
            }
            "," => level.1,
            _ if is(token, "from") || is(token, "join") => {
                level.1 = level.0;
                level.0
            }
            _ => {
                level.1 &= !is_one_of(token, &AFTER_TABLES);
                // Tables that are joined after a condition come after `join`.
                continue;
            }
        };
        if expects_table {
            names.extend(table_name(&tokens[at + 1..]));
        }
    }
    names
}

fn table_name(tokens: &[Token<'_>]) -> Option<(Option<String>, String)> {
    let tokens = match tokens {
        [first, rest @ ..] if is_one_of(first, &["only", "lateral"]) => rest,
        tokens => tokens,
    };
    let first = folded(tokens.first()?)?;
    let (name, rest) = match &tokens[1..] {
        [dot, second, rest @ ..] if dot.text == "." => ((Some(first), folded(second)?), rest),
        rest => ((None, first), rest),
    };
    // A function, which has no table of its own.
    let is_call = rest.first().is_some_and(|token| token.text == "(");
    (!is_call).then_some(name)
}
