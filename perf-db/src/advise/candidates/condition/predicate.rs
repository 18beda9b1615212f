use super::operand::{Operand, Reference};
use super::token::{Token, tokens};
use super::{bare, is_comparison, place, split};

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    /// With any of a list.
    AnyOf,
    Range,
    Like,
    /// `ilike`: upper and lower case are the same.
    LikeAnyCase,
    Other,
}

/// One part of a condition; all of them hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate {
    Compared {
        comparison: Comparison,
        left: Operand,
        right: Operand,
    },
    /// The column itself, or the contrary of it.
    Is {
        column: Reference,
        wanted: bool,
    },
    Null {
        column: Reference,
        wanted: bool,
    },
    /// One of these holds.
    Either(Vec<Predicate>),
}

/// The parts of a condition that hold together, as far as they are understood.
pub(crate) fn predicates(condition: &str) -> Vec<Predicate> {
    let words = tokens(condition);
    let mut found = Vec::new();
    collect(&words, &mut found, 0);
    found
}

/// Deeper than this nobody writes conditions, and a stack has an end.
const DEEPEST: usize = 32;

fn collect(words: &[Token<'_>], found: &mut Vec<Predicate>, depth: usize) {
    let words = bare(words);
    if depth > DEEPEST {
        return;
    }
    let together = split(words, |token| token.is_word("AND"));
    if together.len() > 1 {
        for part in together {
            collect(part, found, depth + 1);
        }
        return;
    }
    let arms = split(words, |token| token.is_word("OR"));
    if arms.len() > 1 {
        let mut either = Vec::new();
        for arm in arms {
            collect(arm, &mut either, depth + 1);
        }
        found.push(either_of(either));
    } else {
        found.extend(single(words));
    }
}

/// The same column compared with one value or another is compared with a list.
fn either_of(arms: Vec<Predicate>) -> Predicate {
    let equal = |predicate: &Predicate| match predicate {
        Predicate::Compared {
            comparison: Comparison::Equal,
            left,
            right: Operand::Value { .. },
        } => Some(left.clone()),
        _ => None,
    };
    match arms.first().and_then(equal) {
        Some(left) if arms.iter().all(|arm| equal(arm).as_ref() == Some(&left)) => {
            let right = Operand::UNKNOWN;
            Predicate::Compared { comparison: Comparison::AnyOf, left, right }
        }
        _ => Predicate::Either(arms),
    }
}

fn single(words: &[Token<'_>]) -> Option<Predicate> {
    if let [not, inner @ ..] = words
        && not.is_word("NOT")
    {
        return match Operand::of(inner) {
            Operand::Column(column) => Some(Predicate::Is { column, wanted: false }),
            _ => None,
        };
    }
    if let [tested @ .., is, null] = words
        && null.is_word("NULL")
    {
        let (tested, wanted) = match (tested, is.text) {
            (tested, "IS") => (tested, true),
            ([tested @ .., is], "NOT") if is.is_word("IS") => (tested, false),
            _ => return None,
        };
        return match Operand::of(tested) {
            Operand::Column(column) => Some(Predicate::Null { column, wanted }),
            _ => None,
        };
    }
    let Some(at) = place(words, is_comparison) else {
        return match Operand::of(words) {
            Operand::Column(column) => Some(Predicate::Is { column, wanted: true }),
            _ => None,
        };
    };
    let (left, right) = (&words[..at], &words[at + 1..]);
    let (right, is_list) = match right {
        [any, list @ ..] if any.is_word("ANY") => (list, true),
        [all, ..] if all.is_word("ALL") => return None,
        right => (right, false),
    };
    let comparison = match (words[at].text, is_list) {
        ("=", false) => Comparison::Equal,
        ("=", true) => Comparison::AnyOf,
        ("<" | "<=" | ">" | ">=", false) => Comparison::Range,
        ("~~", false) => Comparison::Like,
        ("~~*", false) => Comparison::LikeAnyCase,
        _ => Comparison::Other,
    };
    Some(Predicate::Compared { comparison, left: Operand::of(left), right: Operand::of(right) })
}
