//! All candidates of a workload, each with the statements that it may serve.

use std::collections::{HashMap, HashSet};

use super::access::Access;
use super::advice::{Rejected, Why};
use super::candidate::{Candidate, KeyOf};
use super::case::Case;
use super::existing::covering;
use super::generate::{proposed, rows};
use crate::advise::schema::{Schema, TableKind};

/// On fewer rows nobody gains by an index (pghero's rule).
pub(super) const LEAST_ROWS: f64 = 500.0;

/// Where fewer of the rows match, an index that gives an order alone is read past the others until a
/// limit is reached, for as long as chance has it: a plan is priced by the mean, and whoever finds
/// nothing reads all of it (the trap of `order_by_limit`). A tenth is our choice.
const MOSTLY_MATCHING: f64 = 0.1;

/// A candidate and the cases that it may serve.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) candidate: Candidate,
    /// Whether it was the first choice of one of them.
    pub(super) is_first_choice: bool,
    pub(super) cases: Vec<usize>,
}

/// What is worth to be looked at with the planner's help; the rest is rejected.
pub(super) fn entries(cases: &[Case], schema: &Schema, rejected: &mut Vec<Rejected>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut places: HashMap<Candidate, Option<usize>> = HashMap::new();
    let mut sources: HashMap<Candidate, HashSet<usize>> = HashMap::new();
    let mut by_chance: Vec<Candidate> = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        for access in &case.accesses {
            let Some(table) = schema.table(access.table) else { continue };
            if table.kind == TableKind::Foreign {
                continue;
            }
            for proposed in proposed(access, table) {
                let candidate = proposed.candidate;
                sources.entry(candidate.unordered()).or_default().insert(number);
                if let Some(place) = places.get(&candidate) {
                    if let Some(place) = *place {
                        entries[place].is_first_choice |= proposed.is_first_choice;
                    }
                    continue;
                }
                let rows = rows(table);
                if rows >= LEAST_ROWS && hangs_on_chance(&candidate, access, rows) {
                    by_chance.push(candidate);
                    continue;
                }
                let why = if rows < LEAST_ROWS {
                    Some(Why::SmallTable { rows: rows as u64 })
                } else {
                    covering(&candidate, table).map(|index| Why::Covered { by: index.name.clone() })
                };
                places.insert(candidate.clone(), why.is_none().then_some(entries.len()));
                match why {
                    Some(why) => rejected.push(Rejected { candidate, why }),
                    None => entries.push(Entry {
                        candidate,
                        is_first_choice: proposed.is_first_choice,
                        cases: Vec::new(),
                    }),
                }
            }
        }
    }
    for candidate in by_chance {
        if places.insert(candidate.clone(), None).is_none() {
            rejected.push(Rejected { candidate, why: Why::OrderOnly });
        }
    }
    let served = served(cases);
    for entry in &mut entries {
        entry.cases = entry.served(&served, cases);
    }
    // Another order of the same columns matters to those only that do not ask for all of them.
    entries.retain(|entry| {
        let asks_for_all = |case: &usize| {
            let sources = &sources[&entry.candidate.unordered()];
            sources.contains(case)
        };
        entry.is_first_choice || !entry.cases.iter().all(asks_for_all)
    });
    entries
}

/// Whether it finds no row of this access and gives an order alone, in which few rows match.
fn hangs_on_chance(candidate: &Candidate, access: &Access, rows: f64) -> bool {
    let Some(first) = candidate.keys.first().filter(|_| candidate.predicate.is_none()) else {
        return false;
    };
    let mut finds = access.equal.iter().chain(&access.any_of).chain(&access.range);
    let is_found = finds.any(|key| *key == first.of)
        || access.begins_with.contains(&first.of)
        || access.either.contains(&first.of)
        || access.row_range.iter().any(|keys| keys.first() == Some(&first.of));
    !is_found && access.matching_rows.is_some_and(|matching| matching < rows * MOSTLY_MATCHING)
}

/// The cases that an index of this table with this first key may serve.
fn served(cases: &[Case]) -> HashMap<(u32, KeyOf), Vec<usize>> {
    let mut served: HashMap<(u32, KeyOf), Vec<usize>> = HashMap::new();
    for (place, case) in cases.iter().enumerate() {
        for access in &case.accesses {
            for key in first_keys(access) {
                let of_key = served.entry((access.table, key.clone())).or_default();
                if of_key.last() != Some(&place) {
                    of_key.push(place);
                }
            }
        }
    }
    served
}

fn first_keys(access: &Access) -> impl Iterator<Item = &KeyOf> {
    let found = access.equal.iter().chain(&access.any_of).chain(&access.range);
    let rows = access.row_range.iter().filter_map(|keys| keys.first());
    let orders = access.orders.iter().filter_map(|keys| keys.first().map(|key| &key.of));
    found.chain(&access.either).chain(&access.begins_with).chain(rows).chain(orders)
}

impl Entry {
    fn served(&self, served: &HashMap<(u32, KeyOf), Vec<usize>>, cases: &[Case]) -> Vec<usize> {
        let oid = self.candidate.oid;
        let Some(condition) = &self.candidate.predicate else {
            let first = self.candidate.keys.first().map(|key| (oid, key.of.clone()));
            return first.and_then(|first| served.get(&first).cloned()).unwrap_or_default();
        };
        let asks = |access: &Access| access.table == oid && access.conditions.contains(condition);
        (0..cases.len()).filter(|place| cases[*place].accesses.iter().any(asks)).collect()
    }
}
