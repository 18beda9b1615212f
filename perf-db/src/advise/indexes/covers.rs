//! Whether one index does all that another does.

use crate::advise::schema::{ForeignKey, Index, IndexKey, Table};

/// Why an index can stand in for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// They are the same but for their names.
    Twin,
    /// The same keys; the other one carries more columns, or also admits each key once.
    SameKeys,
    /// The other one goes on after the keys of this one.
    Prefix,
    /// As [`Prefix`](Self::Prefix), read from its end to its beginning.
    Backwards,
}

/// How `wide` can stand in for `narrow`, if it can.
///
/// Only a btree is sorted, so only there the first keys can be used without the others. Of other
/// methods the whole definitions have to be equal, since their options are part of what they do.
pub(super) fn cover(narrow: &Index, wide: &Index) -> Option<Cover> {
    let are_known = !narrow.definition.is_empty() && !wide.definition.is_empty();
    let are_alike = narrow.method == wide.method && narrow.predicate == wide.predicate;
    if !(are_known && are_alike && wide.is_valid) || narrow.oid == wide.oid {
        return None;
    }
    if narrow.method != "btree" {
        return (body(narrow) == body(wide)).then_some(Cover::Twin);
    }
    let begins = narrow.keys.len() <= wide.keys.len();
    let pairs = || narrow.keys.iter().zip(&wide.keys);
    let direction = match begins {
        true if pairs().all(|(a, b)| a == b) => Cover::Prefix,
        true if pairs().all(|(a, b)| *a == reversed(b)) => Cover::Backwards,
        _ => return None,
    };
    let has_same_keys = narrow.keys.len() == wide.keys.len();
    let is_as_strict = !narrow.is_unique
        || (wide.is_unique && has_same_keys && narrow.nulls_are_equal == wide.nulls_are_equal);
    if !is_as_strict || !narrow.included.iter().all(|column| carries(wide, *column)) {
        return None;
    }
    let is_twin = wide.included.iter().all(|column| narrow.included.contains(column))
        && narrow.is_unique == wide.is_unique;
    Some(match direction {
        Cover::Prefix if has_same_keys && is_twin => Cover::Twin,
        Cover::Prefix if has_same_keys => Cover::SameKeys,
        direction => direction,
    })
}

/// Whether the server can find the rows that refer by this foreign key in this index.
///
/// It asks for equality of all of its columns, so their order does not matter, as long as no other
/// column comes before them. A partial index does not have all rows, unless it leaves out the nulls
/// of these columns only, which refer to nothing.
pub(super) fn supports(index: &Index, key: &ForeignKey, table: &Table) -> bool {
    let is_searched = match &*index.method {
        "btree" => true,
        "hash" => key.columns.len() == 1,
        _ => false,
    };
    let has_all_rows = index.predicate.as_deref().is_none_or(|it| leaves_out_nulls(it, key, table));
    let first: Vec<Option<i16>> =
        index.keys.iter().take(key.columns.len()).map(|key| key.column).collect();
    let is_prefix = key.columns.iter().all(|column| first.contains(&Some(*column)));
    // One row at most is left then, whatever the other columns are.
    let is_narrow = index.is_unique
        && index.keys.iter().all(|k| k.column.is_some_and(|column| key.columns.contains(&column)));
    index.is_valid && is_searched && has_all_rows && (is_prefix || is_narrow)
}

/// Whether a condition is only that columns of the key are not null, as the server writes it.
fn leaves_out_nulls(predicate: &str, key: &ForeignKey, table: &Table) -> bool {
    let conditions: Vec<String> = key
        .columns
        .iter()
        .map(|number| format!("({} IS NOT NULL)", table.written_columns(&[*number])))
        .collect();
    let several = predicate.strip_prefix("((").and_then(|rest| rest.strip_suffix("))"));
    let mut parts = match several {
        Some(_) => predicate[1..predicate.len() - 1].split(" AND "),
        None => predicate.split(" AND "),
    };
    parts.all(|part| conditions.iter().any(|condition| condition == part))
}

/// The definition from the method on.
fn body(index: &Index) -> Option<&str> {
    let (_, body) = index.definition.split_once(" USING ")?;
    Some(body)
}

fn carries(index: &Index, column: i16) -> bool {
    index.included.contains(&column) || index.keys.iter().any(|key| key.column == Some(column))
}

fn reversed(key: &IndexKey) -> IndexKey {
    IndexKey { is_descending: !key.is_descending, nulls_first: !key.nulls_first, ..key.clone() }
}
