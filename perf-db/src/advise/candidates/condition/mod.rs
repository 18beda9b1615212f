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

#[cfg(test)]
mod tests {
    use super::*;

    fn column(alias: &str, column: &str) -> Reference {
        Reference { alias: Some(alias.to_owned()), column: column.to_owned() }
    }

    /// How each part compares, and the columns on both of its sides.
    fn read(condition: &str) -> Vec<(Comparison, Vec<Reference>)> {
        let compared = predicates(condition).into_iter().filter_map(|predicate| match predicate {
            Predicate::Compared { comparison, left, right } => {
                let both = left.references().iter().chain(right.references());
                Some((comparison, both.cloned().collect()))
            }
            _ => None,
        });
        compared.collect()
    }

    #[test]
    fn the_parts_of_a_condition_are_told_apart() {
        let condition = "((o.status = ANY ('{a,b}'::text[])) AND (o.\"Total\" >= $1) AND \
                         (o.customer_id = c.id) AND ((o.name)::text ~~ '%x AND y%'::text))";
        assert_eq!(
            read(condition),
            [
                (Comparison::AnyOf, vec![column("o", "status")]),
                (Comparison::Range, vec![column("o", "Total")]),
                (Comparison::Equal, vec![column("o", "customer_id"), column("c", "id")]),
                (Comparison::Like, vec![column("o", "name")]),
            ]
        );
    }

    #[test]
    fn values_of_one_column_are_a_list_and_other_alternatives_are_not() {
        assert_eq!(
            read("((o.kind = 1) OR (o.kind = 2))"),
            [(Comparison::AnyOf, vec![column("o", "kind")])]
        );
        let either = predicates("((o.kind = 1) OR (o.shop = 2))");
        assert!(matches!(&either[..], [Predicate::Either(arms)] if arms.len() == 2), "{either:?}");
    }

    #[test]
    fn nulls_and_booleans_are_conditions_without_a_value() {
        let found =
            predicates("((t.gone IS NULL) AND (t.at IS NOT NULL) AND t.open AND (NOT t.old))");
        assert_eq!(
            found,
            [
                Predicate::Null { column: column("t", "gone"), wanted: true },
                Predicate::Null { column: column("t", "at"), wanted: false },
                Predicate::Is { column: column("t", "open"), wanted: true },
                Predicate::Is { column: column("t", "old"), wanted: false },
            ]
        );
    }

    #[test]
    fn an_expression_is_written_without_its_alias_and_none_with_a_value_is() {
        let text = |condition: &str| match &predicates(condition)[..] {
            [Predicate::Compared { left: Operand::Expression(expression), .. }] => {
                expression.text.clone()
            }
            other => panic!("{other:?}"),
        };
        let lower = text("(lower((u.email)::text) = lower($1))");
        assert_eq!(lower.as_deref(), Some("lower((email)::text)"));
        assert_eq!(text("((u.document ->> 'secret'::text) = $1)"), None);
        assert_eq!(text("(date_trunc($1, u.at) = $2)"), None);
    }

    #[test]
    fn sort_keys_say_their_direction() {
        let key = sort_key("o.placed DESC NULLS LAST");
        assert_eq!(key.operand, Operand::Column(column("o", "placed")));
        assert_eq!((key.is_descending, key.nulls_first), (true, false));
        let key = sort_key("o.placed DESC");
        assert_eq!((key.is_descending, key.nulls_first), (true, true));
    }

    #[test]
    fn a_text_that_is_cut_anywhere_or_nested_without_end_is_read_without_harm() {
        let condition = "((ROW(o.\"é\"\"x\", o.id) < ROW($1, 'a''ü')) AND (E'\\\\' = o.b) OR \
                         (NOT (hashed SubPlan 1)) AND CASE WHEN (o.c IS NULL) THEN x[1] END)";
        for (end, _) in condition.char_indices() {
            predicates(&condition[..end]);
            sort_key(&condition[..end]);
            references(&condition[end..]);
        }
        predicates(&"(".repeat(10_000));
        predicates(&"(NOT ".repeat(10_000));
        predicates(&"(a AND (b OR ".repeat(10_000));
    }
}
