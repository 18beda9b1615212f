use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// The tree of `a or b or c …` is as deep as there are words and signs that can chain, and it is
/// walked and dropped by recursion.
const MOST_CHAINED: usize = 1_000;

/// The parser goes as deep as parentheses do, and goes back to try again in places: up to this depth
/// it takes little time.
const MOST_NESTED: usize = 24;

/// A subquery counts as this many parentheses.
const SUBQUERY: usize = 4;

/// For a statement within all limits: the parser takes up to 200 KiB a level where it is not
/// optimized.
pub(crate) const LARGE_STACK: usize = 16 * 1024 * 1024;

/// For a plain statement, which is what nearly all are.
const PLAIN_STACK: usize = 1024 * 1024;
const PLAIN_NESTED: usize = 2;
const PLAIN_CHAINED: usize = 60;
const PLAIN_RUN: usize = 8;

/// How a text would be parsed, as far as its tokens tell.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Words of SQL and signs.
    chained: usize,
    /// The most parentheses that are open at once.
    nested: usize,
    /// `not`, which takes all that follows.
    negations: usize,
    /// Words and signs without a name or value between them: `- - - 1`.
    run: usize,
}

impl Shape {
    pub(crate) fn of(tokens: &[Token]) -> Self {
        let (mut shape, mut depth, mut run) = (Self::default(), 0_usize, 0_usize);
        // What each open parenthesis counts.
        let mut open: Vec<usize> = Vec::new();
        for token in tokens {
            let keyword = match token {
                Token::Whitespace(_) => continue,
                Token::Word(word) => Some(word.keyword),
                _ => None,
            };
            let is_link = match (token, keyword) {
                (Token::LParen | Token::LBracket | Token::LBrace, _) | (_, Some(Keyword::CASE)) => {
                    open.push(1);
                    depth += 1;
                    true
                }
                (Token::RParen | Token::RBracket | Token::RBrace, _) | (_, Some(Keyword::END)) => {
                    depth -= open.pop().unwrap_or_default();
                    false
                }
                (Token::Comma | Token::Placeholder(_) | Token::Number(..), _)
                | (Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_), _)
                | (_, Some(Keyword::NoKeyword)) => false,
                (_, keyword) => {
                    shape.chained += 1;
                    shape.negations += usize::from(keyword == Some(Keyword::NOT));
                    if keyword == Some(Keyword::SELECT)
                        && let Some(last) = open.last_mut()
                    {
                        depth += SUBQUERY - *last;
                        *last = SUBQUERY;
                    }
                    true
                }
            };
            run = if is_link { run + 1 } else { 0 };
            shape.run = shape.run.max(run);
            shape.nested = shape.nested.max(depth);
            // More would change nothing.
            if shape.nested > MOST_NESTED {
                break;
            }
        }
        shape
    }

    /// What it takes of the stack; `None` for what is too large to be read.
    pub(crate) fn stack_bytes(&self) -> Option<usize> {
        if self.nested > MOST_NESTED || self.chained > MOST_CHAINED {
            return None;
        }
        let is_plain = self.nested <= PLAIN_NESTED
            && self.negations <= PLAIN_NESTED
            && self.chained <= PLAIN_CHAINED
            && self.run <= PLAIN_RUN;
        Some(if is_plain { PLAIN_STACK } else { LARGE_STACK })
    }
}
