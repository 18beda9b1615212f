//! The indexes that could serve what a statement asks of a table.

use super::access::{Access, is_bounded, is_indexable};
use super::candidate::{Candidate, CandidateKey, Condition, KeyOf, width_of};
use crate::advise::schema::{Column, Table};

/// Columns that are found by a value; more than this make an index that serves one statement only.
const MOST_FOUND_BY: usize = 3;

/// Of more columns than this the most selective ones are tried.
const MOST_TRIED: usize = 4;

/// Keys of an index, with what it sorts by.
const MOST_KEYS: usize = 4;

/// For one table of one statement.
const MOST_CANDIDATES: usize = 80;

/// Those that carry columns along come beside them.
const MOST_CARRYING: usize = 12;

/// Columns that an index carries along, and bytes of them: more of them make it a copy of the table.
const MOST_INCLUDED: usize = 4;
const MOST_INCLUDED_BYTES: u64 = 64;

/// A partial index must leave out this share of the rows: pganalyze counts on a tenth being left
/// in, and an index of more than half of the rows is as good as one of all.
pub(super) const PARTIAL_AT_MOST: f64 = 0.5;

/// A candidate, and whether its order of keys is the first choice where another one serves as well.
#[derive(Debug)]
pub(super) struct Proposed {
    pub(super) candidate: Candidate,
    pub(super) is_first_choice: bool,
}

/// Short ones first; within a length the most selective columns in front.
pub(super) fn proposed(access: &Access, table: &Table) -> Vec<Proposed> {
    let mut found_by: Vec<&KeyOf> = access.equal.iter().chain(&access.any_of).collect();
    found_by.sort_by(|a, b| distinct(b, table).total_cmp(&distinct(a, table)));
    found_by.truncate(MOST_TRIED);

    let mut all: Vec<(Vec<CandidateKey>, bool)> = Vec::new();
    let mut add = |keys: Vec<CandidateKey>, is_first_choice: bool| {
        if !keys.is_empty() && !all.iter().any(|(known, _)| *known == keys) {
            all.push((keys, is_first_choice));
        }
    };
    for (prefix, is_first_choice) in arrangements(&found_by) {
        add(prefix.clone(), is_first_choice);
        for tail in tails(access) {
            let tail: Vec<CandidateKey> =
                tail.into_iter().filter(|key| !prefix.iter().any(|p| p.of == key.of)).collect();
            let mut keys = prefix.clone();
            keys.extend(tail);
            keys.truncate(MOST_KEYS);
            add(keys, is_first_choice);
        }
    }
    for key in &access.either {
        add(vec![CandidateKey::ascending(key.clone())], true);
    }
    all.sort_by_key(|(keys, is_first_choice)| (keys.len(), !is_first_choice));

    let mut proposed: Vec<Proposed> = Vec::new();
    for (keys, is_first_choice) in &all {
        let candidate = Candidate::btree(table, keys.clone());
        proposed.push(Proposed { candidate, is_first_choice: *is_first_choice });
    }
    for condition in access.conditions.iter().filter(|condition| may_be_few(condition, table)) {
        let mut bases: Vec<Vec<CandidateKey>> = all
            .iter()
            .filter(|(keys, is_first_choice)| {
                *is_first_choice && !keys.iter().any(|key| is_of(condition, key))
            })
            .map(|(keys, _)| keys.clone())
            .collect();
        if bases.is_empty() {
            bases.extend(any_key(table, condition).map(|key| vec![key]));
        }
        for keys in bases {
            let mut candidate = Candidate::btree(table, keys);
            candidate.predicate = Some(condition.clone());
            proposed.push(Proposed { candidate, is_first_choice: true });
        }
    }
    let carrying: Vec<Proposed> =
        proposed.iter().filter_map(|proposed| carrying(proposed, access, table)).collect();
    proposed.truncate(MOST_CANDIDATES);
    proposed.extend(carrying.into_iter().take(MOST_CARRYING));
    proposed
}

/// The same index with all that the statement needs of the table, which is then not visited.
fn carrying(proposed: &Proposed, access: &Access, table: &Table) -> Option<Proposed> {
    let mut candidate = proposed.candidate.clone();
    let is_key = |name: &str| {
        candidate.keys.iter().any(|key| matches!(&key.of, KeyOf::Column(column) if column == name))
    };
    // An expression among the keys is not seen as an answer by the planner.
    let has_expression = candidate.keys.iter().any(|key| matches!(key.of, KeyOf::Expression(_)));
    let needed = access.needed.as_ref().filter(|_| proposed.is_first_choice && !has_expression)?;
    let included: Vec<String> = needed.iter().filter(|name| !is_key(name)).cloned().collect();
    // What rows are found by belongs among the keys.
    let finds = |name: &String| {
        let mut found = access.equal.iter().chain(&access.any_of).chain(&access.range);
        found.any(|key| *key == KeyOf::Column(name.clone()))
    };
    let width: u64 =
        included.iter().filter_map(|name| table.column_named(name)).map(width_of).sum();
    // A value too long for a page of the index would refuse the whole row.
    let is_long = |name: &String| table.column_named(name).is_none_or(|c| !is_bounded(c));
    let is_useless =
        included.is_empty() || included.iter().any(finds) || included.iter().any(is_long);
    if is_useless || included.len() > MOST_INCLUDED || width > MOST_INCLUDED_BYTES {
        return None;
    }
    candidate.included = included;
    Some(Proposed { candidate, is_first_choice: true })
}

/// All orders of up to three of these, none of them too; and whether they are in the given order.
fn arrangements(of: &[&KeyOf]) -> Vec<(Vec<CandidateKey>, bool)> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..MOST_FOUND_BY {
        let until = all.len();
        for place in from..until {
            for next in 0..of.len() {
                if !all[place].contains(&next) {
                    let mut longer = all[place].clone();
                    longer.push(next);
                    all.push(longer);
                }
            }
        }
        from = until;
    }
    let keys = |places: &[usize]| {
        places.iter().map(|place| CandidateKey::ascending(of[*place].clone())).collect()
    };
    all.iter().map(|places| (keys(places), places.is_sorted())).collect()
}

/// What can follow the columns that are found by a value: a range, or an order.
fn tails(access: &Access) -> Vec<Vec<CandidateKey>> {
    let ascending = |keys: &[KeyOf]| keys.iter().cloned().map(CandidateKey::ascending).collect();
    let ranges = access.range.iter().map(|key| ascending(std::slice::from_ref(key)));
    let rows = access.row_range.iter().map(|keys| ascending(keys));
    let plain = access.begins_with.iter().cloned().map(|key| vec![CandidateKey::ascending(key)]);
    let pattern = access.begins_with.iter().cloned().map(|key| vec![CandidateKey::by_pattern(key)]);
    ranges.chain(plain).chain(pattern).chain(rows).chain(access.orders.iter().cloned()).collect()
}

/// Different values of a key, as far as is known.
pub(super) fn distinct(key: &KeyOf, table: &Table) -> f64 {
    let rows = rows(table);
    let KeyOf::Column(name) = key else { return rows };
    let statistics = table.column_named(name).and_then(|column| column.statistics);
    match statistics.map(|statistics| statistics.distinct) {
        Some(share) if share < 0.0 => -share * rows,
        Some(number) => number,
        None => rows,
    }
}

/// Rows of a table, as the planner or the server's counters know.
pub(super) fn rows(table: &Table) -> f64 {
    table.rows.unwrap_or(table.activity.live_rows as f64)
}

fn may_be_few(condition: &Condition, table: &Table) -> bool {
    match condition {
        Condition::Null { column, is_null } => {
            let statistics = table.column_named(column).and_then(|column| column.statistics);
            let nulls = statistics.map_or(0.0, |statistics| statistics.null_share);
            let share = if *is_null { nulls } else { 1.0 - nulls };
            share <= PARTIAL_AT_MOST
        }
        // How often a boolean is true is not in the catalog as read; its size will tell.
        Condition::Is { .. } => true,
    }
}

fn is_of(condition: &Condition, key: &CandidateKey) -> bool {
    let (Condition::Null { column, .. } | Condition::Is { column, .. }) = condition;
    key.of == KeyOf::Column(column.clone())
}

/// For an index that is only there for its condition: the primary key, else the first column.
fn any_key(table: &Table, condition: &Condition) -> Option<CandidateKey> {
    let primary = table.indexes.iter().find(|index| index.is_primary);
    let primary = primary.and_then(|index| table.column(index.keys.first()?.column?));
    let is_fit = |column: &&Column| {
        is_indexable(column) && !is_of(condition, &CandidateKey::column(&column.name))
    };
    let column = primary.filter(is_fit).or_else(|| table.columns.iter().find(is_fit))?;
    Some(CandidateKey::column(&column.name))
}
