//! What the conditions and sort keys of a plan ask of its tables, in the words of the server.
//!
//! The server writes every operation in parentheses, so what is within a pair of them is one
//! operation. What is not understood gives nothing.

mod operand;
mod predicate;
mod sorting;
mod token;

pub(super) use self::operand::{Operand, Reference, references};
pub(super) use self::predicate::{Comparison, Predicate, predicates};
pub(super) use self::sorting::sort_key;

use self::token::{Token, TokenKind};

/// Without the parentheses around all of it.
fn bare<'a, 'b>(mut tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
    while let [first, inner @ .., last] = tokens {
        if !(first.is_mark("(") && last.is_mark(")")) || closes_early(inner) {
            break;
        }
        tokens = inner;
    }
    tokens
}

/// Whether a parenthesis that was opened before these words is closed among them.
fn closes_early(inner: &[Token<'_>]) -> bool {
    let mut depth = 0;
    inner.iter().any(|token| {
        depth += token.depth();
        depth < 0
    })
}

/// The parts between these words, outside of parentheses.
fn split<'a, 'b>(
    tokens: &'b [Token<'a>],
    is_between: impl Fn(&Token<'a>) -> bool,
) -> Vec<&'b [Token<'a>]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            depth += token.depth();
            depth == 0 && is_between(token)
        })
        .collect()
}

/// The place of the first such word outside of parentheses.
fn place(tokens: &[Token<'_>], is_it: impl Fn(&Token<'_>) -> bool) -> Option<usize> {
    let mut depth = 0;
    tokens.iter().position(|token| {
        depth += token.depth();
        depth == 0 && is_it(token)
    })
}

fn is_comparison(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Operator && token.text != "::"
}
