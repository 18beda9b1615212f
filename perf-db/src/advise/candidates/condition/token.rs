/// A word of a condition, as the server writes conditions into plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name or a word of SQL.
    Word,
    /// A name in quotes.
    Quoted,
    /// A string or a number.
    Literal,
    /// `$1`
    Parameter,
    /// `=`, `~~*`, `::`
    Operator,
    /// A parenthesis, bracket, comma or dot.
    Mark,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.kind == TokenKind::Mark && self.text == mark
    }

    pub(super) fn is_operator(&self, operator: &str) -> bool {
        self.kind == TokenKind::Operator && self.text == operator
    }

    /// The server writes its own words in capitals, and names that look so in quotes.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }

    /// The name that it is, without quotes.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_owned()),
            TokenKind::Quoted => {
                let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    }

    fn opens(&self) -> bool {
        self.is_mark("(") || self.is_mark("[") || self.is_word("CASE")
    }

    fn closes(&self) -> bool {
        self.is_mark(")") || self.is_mark("]") || self.is_word("END")
    }

    /// How much deeper in parentheses the next word is.
    pub(super) fn depth(&self) -> i32 {
        i32::from(self.opens()) - i32::from(self.closes())
    }
}

/// All words of a condition; one that ends in the middle of a string has that as its last.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
            continue;
        }
        let (kind, bytes) = token(rest, first);
        let (token, after) = rest.split_at(bytes);
        tokens.push(Token { kind, text: token });
        rest = after;
    }
    tokens
}

fn token(rest: &str, first: char) -> (TokenKind, usize) {
    let run = |is_in: fn(char) -> bool| rest.find(|c| !is_in(c)).unwrap_or(rest.len());
    match first {
        '"' => (TokenKind::Quoted, quoted(rest, '"')),
        '\'' => (TokenKind::Literal, quoted(rest, '\'')),
        'E' | 'B' | 'X' if rest[1..].starts_with('\'') => {
            (TokenKind::Literal, 1 + quoted(&rest[1..], '\''))
        }
        '$' => (TokenKind::Parameter, 1 + digits(&rest[1..])),
        c if c.is_ascii_digit() => (TokenKind::Literal, run(|c| c.is_alphanumeric() || c == '.')),
        c if c.is_alphabetic() || c == '_' => {
            (TokenKind::Word, run(|c| c.is_alphanumeric() || c == '_' || c == '$'))
        }
        c if is_of_operator(c) => (TokenKind::Operator, run(is_of_operator)),
        c => (TokenKind::Mark, c.len_utf8()),
    }
}

fn is_of_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|`?:".contains(c)
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

/// Up to the quote that ends it; two in a row stand for one, and a backslash for what follows it in
/// a string with `E` in front, which is the only place where the server writes one before a quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(next) = text[at..].find(quote) {
        at += next + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}
