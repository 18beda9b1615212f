//! What the indexes that are there do already.

use super::candidate::{Candidate, CandidateKey, Condition, KeyOf};
use crate::advise::schema::{Index, IndexKey, Table};

/// The valid index that has the candidate's keys in front, in the same order or all turned around. What
/// the candidate carries along is no reason for a second index with the same keys.
pub(super) fn covering<'a>(candidate: &Candidate, table: &'a Table) -> Option<&'a Index> {
    table.indexes.iter().find(|index| {
        index.is_valid
            && index.method == candidate.method
            && holds_the_same(index, candidate.predicate.as_ref())
            && index.keys.len() >= candidate.keys.len()
            && (has(index, table, &candidate.keys)
                || has(
                    index,
                    table,
                    &candidate.keys.iter().map(CandidateKey::turned).collect::<Vec<_>>(),
                ))
    })
}

fn holds_the_same(index: &Index, predicate: Option<&Condition>) -> bool {
    match (&index.predicate, predicate) {
        (None, None) => true,
        (Some(there), Some(wanted)) => plain(there) == plain(&wanted.to_string()),
        // One of all rows may be as good as a partial one or not: the planner decides.
        _ => false,
    }
}

fn has(index: &Index, table: &Table, keys: &[CandidateKey]) -> bool {
    // A single key is read from either end; its direction only counts beside others.
    let is_single = keys.len() == 1 && index.keys.len() == 1;
    index.keys.iter().zip(keys).all(|(there, wanted)| {
        // Which class of operators a real one has is known by number only, so the planner decides.
        is_on(there, table, &wanted.of)
            && (wanted.operator_class.is_none() || index.method == "gin")
            && (is_single
                || (there.is_descending, there.nulls_first)
                    == (wanted.is_descending, wanted.nulls_first))
    })
}

/// Whether this key of an index sorts by that.
fn is_on(key: &IndexKey, table: &Table, of: &KeyOf) -> bool {
    match (key.column, of) {
        (Some(number), KeyOf::Column(name)) => {
            table.column(number).is_some_and(|column| column.name == *name)
        }
        (None, KeyOf::Expression(text)) => {
            key.expression.as_deref().is_some_and(|there| plain(there) == plain(text))
        }
        _ => false,
    }
}

/// Without parentheses, spaces and quotes, which the server sets as it likes.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, '(' | ')' | ' ' | '"'));
    kept.flat_map(char::to_lowercase).collect()
}

/// The indexes that are there as candidates, to be compared on equal terms: those with the same
/// first key. What cannot be written without a value is left out.
pub(super) fn twins(candidate: &Candidate, table: &Table) -> Vec<(String, Candidate)> {
    let first = candidate.keys.first().map(|key| &key.of);
    let begins_alike = |index: &&Index| {
        index.is_valid
            && index.method == "btree"
            && !index.is_partial()
            && index.keys.first().is_some_and(|key| first.is_some_and(|of| is_on(key, table, of)))
    };
    let twins = table.indexes.iter().filter(begins_alike).filter_map(|index| {
        let keys: Option<Vec<CandidateKey>> = index
            .keys
            .iter()
            .map(|key| {
                let of = match key.column {
                    Some(number) => KeyOf::Column(table.column(number)?.name.clone()),
                    None => KeyOf::Expression(key.expression.clone()?),
                };
                let (is_descending, nulls_first) = (key.is_descending, key.nulls_first);
                Some(CandidateKey { of, is_descending, nulls_first, operator_class: None })
            })
            .collect();
        let mut twin = Candidate::btree(table, keys?);
        twin.included = (index.included.iter())
            .filter_map(|number| Some(table.column(*number)?.name.clone()))
            .collect();
        Some((index.name.clone(), twin))
    });
    twins.collect()
}
