//! Writes a statement's tokens down again without its values.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use super::lexer::{Dialect, Lexer, Token, TokenKind};

/// Words that are not glued to a parenthesis after them, unlike the name of a function.
const SPACED_WORDS: [&str; 31] = [
    "all",
    "and",
    "as",
    "between",
    "by",
    "case",
    "else",
    "except",
    "exists",
    "filter",
    "from",
    "having",
    "ilike",
    "in",
    "intersect",
    "interval",
    "into",
    "join",
    "like",
    "limit",
    "not",
    "on",
    "or",
    "over",
    "select",
    "then",
    "union",
    "using",
    "values",
    "when",
    "where",
];

/// Words that stand for a value in a list: rows of values differ in them as they do in numbers.
const VALUE_WORDS: [&str; 4] = ["null", "true", "false", "default"];

/// How often lists may be looked at again, for each byte of the text: keeps the work linear,
/// however deep the parentheses are.
const LOOKS_PER_BYTE: usize = 4;

pub(crate) const PLACEHOLDER: &str = "?";

/// A statement taken apart.
pub(super) struct Normalized {
    /// The statement with placeholders for its values.
    pub(super) text: String,
    /// A hash of the values that were written into it.
    pub(super) values: u64,
    /// Whether it has placeholders of its own.
    pub(super) takes_parameters: bool,
}

pub(super) fn normalize(sql: &str, dialect: Dialect) -> Normalized {
    let mut values = FixedState::default().build_hasher();
    let mut takes_parameters = false;
    let mut pieces = Pieces::for_text_of(sql.len(), dialect);
    for token in Lexer::new(sql, dialect) {
        if matches!(token.kind, TokenKind::Number | TokenKind::Text) {
            values.write(token.text.as_bytes());
        }
        takes_parameters |= token.kind == TokenKind::Parameter;
        pieces.push(token);
    }
    Normalized { text: pieces.write(sql.len()), values: values.finish(), takes_parameters }
}

/// Tokens with their values replaced and their lists folded, in order.
struct Pieces<'a> {
    tokens: Vec<Token<'a>>,
    /// The parentheses and brackets that are still open.
    opened: Vec<Opened>,
    dialect: Dialect,
    looks_left: usize,
}

#[derive(Clone, Copy)]
struct Opened {
    at: usize,
    /// It holds arguments and not a list: `f(1)` and `f(1, 2)` are two functions.
    is_call: bool,
}

impl<'a> Pieces<'a> {
    fn for_text_of(length: usize, dialect: Dialect) -> Self {
        Self {
            tokens: Vec::with_capacity(length / 4),
            opened: Vec::new(),
            dialect,
            looks_left: length * LOOKS_PER_BYTE,
        }
    }

    fn push(&mut self, token: Token<'a>) {
        match (token.kind, token.text) {
            (TokenKind::Number | TokenKind::Text | TokenKind::Parameter, _) => self.push_value(),
            (_, "(" | "[") => {
                let is_call = token.text == "(" && self.ends_with_function();
                self.opened.push(Opened { at: self.tokens.len(), is_call });
                self.tokens.push(token);
            }
            (TokenKind::Symbol, "!=") => self.tokens.push(Token { text: "<>", ..token }),
            (_, ")" | "]") => {
                self.tokens.push(token);
                if let Some(opened) = self.opened.pop() {
                    if !opened.is_call {
                        self.fold_items(opened.at);
                    }
                    self.fold_row(opened.at);
                }
            }
            _ => self.tokens.push(token),
        }
    }

    /// A sign in front belongs to its number, and `?, ?` at the start of a list is `?`.
    fn push_value(&mut self) {
        if self.ends_with(&["-"]) || self.ends_with(&["+"]) {
            let before = self.tokens.len().checked_sub(2).map(|at| self.tokens[at]);
            let opens = |token: Token<'_>| match token.kind {
                TokenKind::Symbol => ![")", "]"].contains(&token.text),
                _ => is_one_of(&SPACED_WORDS, token.text),
            };
            if before.is_some_and(opens) {
                self.tokens.pop();
            }
        }
        let is_list = self.opened.last().is_none_or(|opened| !opened.is_call);
        if is_list && self.ends_with(&["(", PLACEHOLDER, ","])
            || self.ends_with(&["[", PLACEHOLDER, ","])
        {
            self.tokens.pop();
        } else {
            self.tokens.push(PLACEHOLDER_TOKEN);
        }
    }

    /// `(?::int, ?::int, null)` becomes `(?::int, ?)`: of equal items with values one is left.
    fn fold_items(&mut self, opened: usize) {
        let items = &self.tokens[opened + 1..self.tokens.len() - 1];
        if !spend(&mut self.looks_left, items.len()) || !items.iter().any(is_placeholder) {
            return;
        }
        let mut kept: Vec<Token<'a>> = Vec::with_capacity(items.len());
        let mut previous: Option<&[Token<'a>]> = None;
        for item in split_at_commas(items) {
            let item = match item {
                [word] if is_one_of(&VALUE_WORDS, word.text) => &[PLACEHOLDER_TOKEN],
                item => item,
            };
            let repeats = previous.is_some_and(|previous| is_same(item, previous));
            if !repeats || !item.iter().any(is_placeholder) {
                kept.extend(previous.map(|_| COMMA));
                kept.extend(item);
            }
            previous = Some(item);
        }
        self.tokens.splice(opened + 1..self.tokens.len() - 1, kept);
    }

    /// `values (?, now()), (?, now())` becomes `values (?, now())`.
    fn fold_row(&mut self, opened: usize) {
        let (before, row) = self.tokens.split_at(opened);
        let Some((comma, before)) = before.split_last() else { return };
        let Some(start) = before.len().checked_sub(row.len()) else { return };
        let follows = |word: &str| start > 0 && before[start - 1].text.eq_ignore_ascii_case(word);
        if comma.text == ","
            && (follows("values") || follows("(") || follows("["))
            && spend(&mut self.looks_left, row.len())
            && row.iter().any(is_placeholder)
            && is_same(&before[start..], row)
        {
            self.tokens.truncate(before.len());
        }
    }

    /// Not in MySQL, where lists stand in functions too: `field(id, 3, 1, 2)`.
    fn ends_with_function(&self) -> bool {
        self.dialect == Dialect::Postgres
            && self.tokens.last().is_some_and(|token| match token.kind {
                TokenKind::Word => !is_one_of(&SPACED_WORDS, token.text),
                kind => kind == TokenKind::QuotedIdentifier,
            })
    }

    fn ends_with(&self, texts: &[&str]) -> bool {
        let same = |(token, text): (&Token<'_>, &&str)| token.text == *text;
        self.tokens.len() >= texts.len()
            && self.tokens[self.tokens.len() - texts.len()..].iter().zip(texts).all(same)
    }

    fn write(self, capacity: usize) -> String {
        let mut text = String::with_capacity(capacity);
        let mut before: Option<Token<'_>> = None;
        let last = self.tokens.iter().rposition(|token| token.text != ";").map_or(0, |at| at + 1);
        for &token in &self.tokens[..last] {
            if before.is_some_and(|before| is_spaced(before, token)) {
                text.push(' ');
            }
            match token.kind {
                TokenKind::QuotedIdentifier => text.push_str(token.text),
                _ => text.extend(token.text.chars().map(|c| c.to_ascii_lowercase())),
            }
            before = Some(token);
        }
        text
    }
}

const PLACEHOLDER_TOKEN: Token<'static> = Token { kind: TokenKind::Parameter, text: PLACEHOLDER };

const COMMA: Token<'static> = Token { kind: TokenKind::Symbol, text: "," };

fn is_placeholder(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Parameter
}

fn is_same(one: &[Token<'_>], two: &[Token<'_>]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.text == two.text)
}

fn split_at_commas<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.text == ","
    })
}

fn spend(left: &mut usize, looks: usize) -> bool {
    let rest = left.checked_sub(looks);
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

fn is_spaced(before: Token<'_>, token: Token<'_>) -> bool {
    match (before.text, token.text) {
        ("(" | "[" | "." | "::", _) | (_, ")" | "]" | "," | "." | "::" | ";" | "[") => false,
        (word, "(") => {
            let is_name = matches!(before.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            !is_name || is_one_of(&SPACED_WORDS, word)
        }
        _ => true,
    }
}

fn is_one_of(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
