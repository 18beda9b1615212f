//! Cuts SQL into tokens without judging it; every input, SQL or not, is cut to its end.

/// Whose lexical rules a text follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL: `"identifier"`, `E'…'`, `$tag$…$tag$`, nested comments. The default.
    #[default]
    Postgres,
    /// MySQL and MariaDB: `` `identifier` ``, `"string"`, backslash escapes, `#` comments.
    MySql,
}

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// A keyword or an unquoted identifier.
    Word,
    /// An identifier in quotes, with them.
    QuotedIdentifier,
    /// A number.
    Number,
    /// A string of any form.
    Text,
    /// `$1`, `?`, `:name`, `@name`.
    Parameter,
    /// An operator or a punctuation mark.
    Symbol,
}

/// A piece of a statement, as it is written there.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text; that of a literal is the literal.
    pub text: &'a str,
}

/// The tokens of a text, without comments and blanks.
#[derive(Debug)]
pub struct Lexer<'a> {
    sql: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> Lexer<'a> {
    /// Cuts this text by the rules of this dialect. Strings are read as with
    /// `standard_conforming_strings = on`.
    pub fn new(sql: &'a str, dialect: Dialect) -> Self {
        Self { sql, at: 0, dialect }
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.sql.as_bytes().get(self.at + offset).copied()
    }

    fn rest(&self) -> &'a str {
        &self.sql[self.at..]
    }

    fn is_mysql(&self) -> bool {
        self.dialect == Dialect::MySql
    }

    /// Steps over bytes while `keep` holds. Multi-byte characters are kept or left as a whole,
    /// since every caller treats all bytes above 127 alike.
    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&keep) {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.byte(0) {
                Some(byte) if is_blank(byte) => self.at += 1,
                Some(b'-') if self.opens_line_comment() => self.skip_line(),
                Some(b'#') if self.is_mysql() => self.skip_line(),
                Some(b'/') if self.byte(1) == Some(b'*') => self.skip_block_comment(),
                _ => return,
            }
        }
    }

    /// `--`, which opens a comment in MySQL only before a blank: `a--1` is `a - (-1)` there.
    fn opens_line_comment(&self) -> bool {
        self.rest().starts_with("--")
            && (!self.is_mysql()
                || self.byte(2).is_none_or(|byte| byte.is_ascii_control() || byte == b' '))
    }

    fn skip_line(&mut self) {
        let also_at_return = !self.is_mysql();
        self.skip_while(|byte| byte != b'\n' && !(also_at_return && byte == b'\r'));
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.byte(0) {
            match (byte, self.byte(1)) {
                (b'/', Some(b'*')) if depth == 0 || !self.is_mysql() => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Steps over `quote … quote`; a doubled quote stays inside, a backslash where `escapes`.
    fn skip_quoted(&mut self, quote: u8, escapes: bool) {
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            self.at += 1;
            if byte == b'\\' && escapes {
                self.at = (self.at + 1).min(self.sql.len());
            } else if byte == quote {
                if self.byte(0) != Some(quote) {
                    return;
                }
                self.at += 1;
            }
        }
    }

    /// Steps over `$tag$ … $tag$`; `None`, and not a step, when this `$` opens no such string.
    fn dollar_quoted(&mut self) -> Option<TokenKind> {
        let tag_length = self.sql.as_bytes()[self.at + 1..]
            .iter()
            .position(|&byte| !is_word(byte) || byte == b'$')
            .filter(|&length| self.byte(1 + length) == Some(b'$'))?;
        let tag = &self.rest()[..tag_length + 2];
        let body = self.at + tag.len();
        self.at = self.sql[body..].find(tag).map_or(self.sql.len(), |end| body + end + tag.len());
        Some(TokenKind::Text)
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        self.skip_number();
        // MySQL lets an identifier begin with digits: `2fa_code`.
        if self.is_mysql()
            && self.byte(0).is_some_and(is_word_start)
            && !self.sql[start..self.at].contains('.')
        {
            self.skip_while(is_word);
            return TokenKind::Word;
        }
        TokenKind::Number
    }

    fn skip_number(&mut self) {
        let radix = self.byte(1).map(|byte| byte.to_ascii_lowercase());
        if self.byte(0) == Some(b'0') && matches!(radix, Some(b'x' | b'b' | b'o')) {
            self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return;
        }
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        self.skip_while(digits);
        if self.byte(0) == Some(b'.') && self.byte(1) != Some(b'.') {
            self.at += 1;
            self.skip_while(digits);
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
            if self.byte(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1 + sign;
                self.skip_while(digits);
            }
        }
    }

    /// A word, or the string or identifier that its letters open: `E'…'`, `B'…'`, `U&'…'`.
    fn word(&mut self, start: usize) -> TokenKind {
        self.skip_while(is_word);
        let unicode = self.byte(0) == Some(b'&') && matches!(self.byte(1), Some(b'\'' | b'"'));
        let prefix = &self.sql[start..self.at];
        if unicode && prefix.eq_ignore_ascii_case("u") {
            self.at += 1;
            return self.quoted(false);
        }
        let opens_text = ["e", "b", "x", "n"].iter().any(|p| prefix.eq_ignore_ascii_case(p));
        if opens_text && self.byte(0) == Some(b'\'') {
            let escapes = prefix.eq_ignore_ascii_case("e");
            return self.quoted(escapes);
        }
        TokenKind::Word
    }

    fn quoted(&mut self, escapes: bool) -> TokenKind {
        let quote = self.byte(0).unwrap_or(b'\'');
        let escapes = escapes || self.is_mysql() && quote != b'`';
        self.skip_quoted(quote, escapes);
        while quote == b'\'' && self.skip_to_continuation() {
            self.skip_quoted(quote, escapes);
        }
        match quote {
            b'\'' => TokenKind::Text,
            b'"' if self.is_mysql() => TokenKind::Text,
            _ => TokenKind::QuotedIdentifier,
        }
    }

    /// A string goes on after a line break (PostgreSQL 4.1.2.1), with the escapes it began with.
    fn skip_to_continuation(&mut self) -> bool {
        let blanks = self.rest().bytes().take_while(|&byte| is_blank(byte)).count();
        let breaks_line = self.rest()[..blanks].contains(['\n', '\r']);
        let goes_on = !self.is_mysql() && breaks_line && self.byte(blanks) == Some(b'\'');
        self.at += if goes_on { blanks } else { 0 };
        goes_on
    }

    fn symbol(&mut self, first: u8) -> TokenKind {
        let start = self.at;
        self.at += 1;
        if self.is_operator(first) {
            // An operator ends where a comment begins: `a */* two */ b`.
            while self.byte(0).is_some_and(|byte| self.is_operator(byte))
                && !self.opens_line_comment()
                && !self.rest().starts_with("/*")
            {
                self.at += 1;
            }
            self.give_back_sign(start);
        } else if first == b':' && matches!(self.byte(0), Some(b':' | b'=')) {
            self.at += 1;
        }
        TokenKind::Symbol
    }

    /// `=-` is `=` and a sign: an operator ends in `+` or `-` only when it has one of the rarer
    /// characters in it (PostgreSQL 4.1.3).
    fn give_back_sign(&mut self, start: usize) {
        let operator = &self.sql.as_bytes()[start..self.at];
        if !operator.iter().any(|byte| b"~!@#%^&|`?".contains(byte)) {
            let kept = operator.iter().rposition(|byte| !b"+-".contains(byte)).unwrap_or(0);
            self.at = start + kept + 1;
        }
    }

    fn is_operator(&self, byte: u8) -> bool {
        is_operator(byte) && !(self.is_mysql() && b"?@#".contains(&byte))
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let start = self.at;
        let byte = self.byte(0)?;
        let next_is = |test: fn(u8) -> bool| self.byte(1).is_some_and(test);
        let kind = match byte {
            b'\'' | b'"' => self.quoted(false),
            b'`' if self.is_mysql() => self.quoted(false),
            b'0'..=b'9' => self.number(),
            b'.' if next_is(|byte| byte.is_ascii_digit()) => self.number(),
            b'$' if next_is(|byte| byte.is_ascii_digit()) => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                TokenKind::Parameter
            }
            b'$' if !self.is_mysql() => match self.dollar_quoted() {
                Some(kind) => kind,
                None => self.symbol(b'$'),
            },
            b'?' if self.is_mysql() || !next_is(is_operator) => {
                self.at += 1;
                TokenKind::Parameter
            }
            b':' if next_is(is_word_start) => {
                self.at += 1;
                self.skip_while(is_word);
                TokenKind::Parameter
            }
            b'@' if self.is_mysql() && next_is(is_word_start) => {
                self.at += 1;
                self.skip_while(is_word);
                TokenKind::Parameter
            }
            _ if is_word_start(byte) => self.word(start),
            _ => self.symbol(byte),
        };
        Some(Token { kind, text: &self.sql[start..self.at] })
    }
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|?".contains(&byte)
}
