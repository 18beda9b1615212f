//! What a statement's text says about it, before the server is asked.

use std::collections::BTreeSet;

use perf_core::Fingerprint;
use perf_core::sql::{Dialect, Lexer, Token, TokenKind};

use super::Refusal;
use crate::advise::schema::{MAX_NAME_BYTES, cut};
use crate::statement::Control;

/// The longest text that is explained. Nobody can read the plan of a longer one.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// What statements begin with that have a plan.
pub(crate) const PLANNED_WORDS: [&str; 8] =
    ["select", "insert", "update", "delete", "merge", "values", "table", "with"];

/// What the text of one statement that can be explained says.
#[derive(Debug, Default)]
pub(super) struct StatementText {
    /// The greatest `n` of its `$n`.
    pub(super) parameters: usize,
    /// Whether a word of it is one by which rows are written or locked.
    pub(super) writes: bool,
    /// Whether names of it are hidden behind escapes.
    pub(super) has_escaped_names: bool,
    pub(super) calls: Calls,
}

/// What may be called, by name.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) functions: BTreeSet<String>,
    pub(super) operators: BTreeSet<String>,
}

impl StatementText {
    /// # Errors
    /// When it is not the text of one statement that has a plan.
    pub(super) fn read(sql: &str) -> Result<Self, Refusal> {
        if sql.len() > MAX_BYTES {
            return Err(Refusal::Long { bytes: sql.len() });
        }
        let tokens: Vec<Token<'_>> = Lexer::new(sql, Dialect::Postgres).collect();
        let mut statements = tokens.split(|token| token.text == ";").filter(|s| !s.is_empty());
        let Some(statement) = statements.next() else { return Err(Refusal::Empty) };
        if statements.next().is_some() {
            return Err(Refusal::Several);
        }
        if Control::of(&Fingerprint::of(sql)).is_some() {
            return Err(Refusal::Control);
        }
        if !has_plan(statement) {
            return Err(Refusal::Utility);
        }
        let mut text = Self::default();
        for (at, token) in statement.iter().enumerate() {
            text.note(*token, statement.get(at + 1).copied());
        }
        text.calls.note(statement);
        Ok(text)
    }

    fn note(&mut self, token: Token<'_>, next: Option<Token<'_>>) {
        match token.kind {
            TokenKind::Word => {
                let is = |words: &[&str], token: Token<'_>| {
                    words.iter().any(|word| token.text.eq_ignore_ascii_case(word))
                };
                let locks = |next| is(&["update", "share", "no", "key"], next);
                // A name of one of these words counts as well: nothing is run by mistake.
                self.writes |= is(&["insert", "update", "delete", "merge", "into"], token)
                    || is(&["for"], token) && next.is_some_and(locks);
            }
            TokenKind::Parameter => {
                let number = token.text.strip_prefix('$').and_then(|number| number.parse().ok());
                self.parameters = self.parameters.max(number.unwrap_or(0));
            }
            TokenKind::QuotedIdentifier => {
                self.has_escaped_names |= !token.text.starts_with('"');
            }
            _ => {}
        }
    }
}

impl Calls {
    /// Of a text that may be a statement, or a piece of one as a plan shows it.
    pub(super) fn note_text(&mut self, text: &str) {
        let tokens: Vec<Token<'_>> = Lexer::new(text, Dialect::Postgres).collect();
        self.note(&tokens);
    }

    fn note(&mut self, tokens: &[Token<'_>]) {
        for (at, token) in tokens.iter().enumerate() {
            let is_called = tokens.get(at + 1).is_some_and(|next| next.text == "(");
            match token.kind {
                TokenKind::Word if is_called => self.function(&token.text.to_ascii_lowercase()),
                TokenKind::QuotedIdentifier if is_called => {
                    self.function(&token.text.trim_matches('"').replace("\"\"", "\""));
                }
                TokenKind::Symbol => {
                    self.operators.insert(token.text.to_owned());
                }
                _ => {}
            }
        }
    }

    pub(super) fn function(&mut self, name: &str) {
        self.functions.insert(cut(name, MAX_NAME_BYTES).to_owned());
    }
}

/// By its first word. Where that is not enough, as for `table of`, the server says more.
fn has_plan(statement: &[Token<'_>]) -> bool {
    let first = statement.iter().find(|token| token.text != "(");
    first
        .is_some_and(|token| PLANNED_WORDS.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_it_calls_and_how_many_parameters_it_has() {
        let sql =
            "select F(a), s.\"G h\" /* of */ (b), \"i\"\"j\"(1), k from t where a <#> $7 or $2";
        let text = StatementText::read(sql).unwrap();
        let functions: Vec<&str> = text.calls.functions.iter().map(|name| &**name).collect();
        assert_eq!(functions, ["G h", "f", "i\"j"]);
        assert!(text.calls.operators.contains("<#>"));
        assert_eq!((text.parameters, text.writes), (7, false));
    }

    /// PostgreSQL calls another function than the text names.
    #[test]
    fn a_name_that_is_too_long_is_cut_as_the_server_does() {
        let text = StatementText::read(&format!("select a{}(1)", "é".repeat(40))).unwrap();
        let name = text.calls.functions.first().unwrap();
        assert_eq!((name.len(), name.chars().count()), (63, 32));
    }

    #[test]
    fn every_heap_of_pieces_is_read_to_its_end() {
        let pieces =
            ["select ", "(", "\"", "'", "$a$", "/*", "--", "\n", ";", "é", "\\", "$1", "f("];
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2_000 {
            let pieces = (0..random.usize(..40)).map(|_| pieces[random.usize(..pieces.len())]);
            let sql: String = pieces.collect();
            _ = StatementText::read(&sql);
        }
        for piece in pieces {
            _ = StatementText::read(&format!("select {}", piece.repeat(30_000)));
        }
    }
}
