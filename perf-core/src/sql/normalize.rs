//! Writes a statement's tokens down again without its values.

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

/// Rows of more tokens are not folded, which keeps the work linear in the text.
const LONGEST_ROW: usize = 256;

pub(crate) const PLACEHOLDER: &str = "?";

/// The text of a fingerprint.
pub(crate) fn normalize(sql: &str, dialect: Dialect) -> String {
    let mut pieces = Pieces::with_capacity(sql.len() / 4);
    for token in Lexer::new(sql, dialect) {
        pieces.push(token);
    }
    pieces.write(sql.len())
}

/// Tokens with their values replaced and their lists folded, in order.
struct Pieces<'a> {
    tokens: Vec<Token<'a>>,
}

impl<'a> Pieces<'a> {
    fn with_capacity(capacity: usize) -> Self {
        Self { tokens: Vec::with_capacity(capacity) }
    }

    fn push(&mut self, token: Token<'a>) {
        match token.kind {
            TokenKind::Number | TokenKind::Text | TokenKind::Parameter => self.push_value(),
            _ => self.tokens.push(token),
        }
        if token.text == ")" {
            self.fold_row();
        }
    }

    /// `a, b, c` of values becomes one placeholder, and a sign in front belongs to its number.
    fn push_value(&mut self) {
        if self.ends_with(&["-"]) || self.ends_with(&["+"]) {
            let before = self.tokens.len().checked_sub(2).map(|at| self.tokens[at]);
            let opens = |token: Token<'_>| match token.kind {
                TokenKind::Symbol => ![")", "]"].contains(&token.text),
                _ => is_spaced_word(token.text),
            };
            if before.is_some_and(opens) {
                self.tokens.pop();
            }
        }
        if self.ends_with(&["(", PLACEHOLDER, ","]) || self.ends_with(&["[", PLACEHOLDER, ","]) {
            self.tokens.pop();
            return;
        }
        self.tokens.push(Token { kind: TokenKind::Parameter, text: PLACEHOLDER });
    }

    /// `(?, now()), (?, now())` becomes `(?, now())`.
    fn fold_row(&mut self) {
        let Some(row) = self.last_parenthesis() else {
            return;
        };
        let same = |(one, two): (&Token<'_>, &Token<'_>)| one.text == two.text;
        let (before, row) = self.tokens.split_at(row);
        let Some((comma, before)) = before.split_last() else {
            return;
        };
        let has_value = row.iter().any(|token| token.text == PLACEHOLDER);
        if has_value && comma.text == "," && before.len() >= row.len() {
            let previous = &before[before.len() - row.len()..];
            if previous.iter().zip(row).all(same) {
                self.tokens.truncate(before.len());
            }
        }
    }

    /// Where the parenthesis that closes last was opened, unless that is very long ago.
    fn last_parenthesis(&self) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (0..self.tokens.len()).rev().take(LONGEST_ROW) {
            match self.tokens[at].text {
                ")" => depth += 1,
                "(" if depth == 1 => return Some(at),
                "(" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
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

fn is_spaced(before: Token<'_>, token: Token<'_>) -> bool {
    match (before.text, token.text) {
        ("(" | "[" | "." | "::", _) | (_, ")" | "]" | "," | "." | "::" | ";" | "[") => false,
        (word, "(") => {
            let is_name = matches!(before.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            !is_name || SPACED_WORDS.iter().any(|spaced| word.eq_ignore_ascii_case(spaced))
        }
        _ => true,
    }
}

fn is_spaced_word(word: &str) -> bool {
    SPACED_WORDS.iter().any(|spaced| word.eq_ignore_ascii_case(spaced))
}
