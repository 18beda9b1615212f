//! Without hypopg: what the statistics of the columns say, by pghero's rules.

use std::cmp::Ordering;

use super::IndexSearch;
use super::access::Access;
use super::advice::{Gain, Proof, Rejected, Suggested, Why};
use super::candidate::{Candidate, CandidateKey, KeyOf};
use super::case::Case;
use super::existing::covering;
use super::generate::rows;
use super::pool::LEAST_ROWS;
use super::price::{size, write_overhead};
use crate::advise::schema::{Schema, Table};
use crate::advise::workload::Workload;

/// With fewer rows left another column is not needed (pghero's rule).
const FEW_ROWS: f64 = 50.0;

/// Columns that are found by a value (pghero's rule).
const MOST_COLUMNS: usize = 2;

/// A column must leave at most this share of the rows (pghero's rule).
const CUTS_TO: f64 = 0.3;

/// What a range leaves (pghero's rule).
const RANGE_LEAVES: f64 = 0.1;

/// To fetch a row that an index points to: one page at random, in the planner's unit.
const ROW_FETCH: f64 = 4.0;

/// To go down an index.
const DESCENT: f64 = 10.0;

/// For each statement that reads a table from end to end, the index that would spare that.
pub(super) fn estimated(
    cases: &[Case],
    schema: &Schema,
    workload: &Workload,
    bars: &IndexSearch,
    rejected: &mut Vec<Rejected>,
) -> Vec<Suggested> {
    let mut suggested: Vec<Suggested> = Vec::new();
    for case in cases {
        for access in &case.accesses {
            let Some(table) = schema.table(access.table) else { continue };
            let Some((keys, left)) = keys(access, table) else { continue };
            let candidate = Candidate::btree(table, keys);
            let after = case.before - access.sequential_cost + DESCENT + left * ROW_FETCH;
            let rows = rows(table);
            let why = if rows < LEAST_ROWS {
                Some(Why::SmallTable { rows: rows as u64 })
            } else if let Some(index) = covering(&candidate, table) {
                Some(Why::Covered { by: index.name.clone() })
            } else {
                bars.why(case.before, after)
            };
            if let Some(why) = why {
                rejected.push(Rejected { candidate, why });
                continue;
            }
            let statement = workload.statements[case.place].fingerprint.clone();
            let gain = Gain { statement, place: case.place, before: case.before, after };
            match suggested.iter_mut().find(|known| known.candidate == candidate) {
                Some(known) => known.gains.push(gain),
                None => suggested.push(Suggested {
                    proof: Proof::Statistics,
                    gains: vec![gain],
                    bytes: size(&candidate, table),
                    write_overhead: write_overhead(&candidate, table, 1.0),
                    candidate,
                }),
            }
        }
    }
    without_prefixes(suggested, rejected)
}

/// The keys of an index for this, and how many rows it leaves.
fn keys(access: &Access, table: &Table) -> Option<(Vec<CandidateKey>, f64)> {
    if access.sequential_cost <= 0.0 {
        return None;
    }
    let all = rows(table);
    let found = access.equal.iter().chain(&access.any_of);
    let mut found: Vec<(&KeyOf, f64)> =
        found.filter_map(|key| Some((key, share(key, table)?))).collect();
    found.sort_by(|a, b| a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal));
    let (mut keys, mut left) = (Vec::new(), all);
    for (key, share) in found {
        if keys.len() == MOST_COLUMNS || left < FEW_ROWS || share > CUTS_TO {
            break;
        }
        keys.push(CandidateKey::ascending(key.clone()));
        left *= share;
    }
    if keys.len() < MOST_COLUMNS
        && left >= FEW_ROWS
        && let Some(key) = access.range.first()
    {
        keys.push(CandidateKey::ascending(key.clone()));
        left *= RANGE_LEAVES;
    } else if let Some(order) = access.orders.first() {
        let order = order.iter().filter(|key| !keys.iter().any(|known| known.of == key.of));
        let order: Vec<CandidateKey> = order.cloned().collect();
        // Alone an order spares nothing that the statistics could tell.
        if !keys.is_empty() {
            keys.extend(order);
        }
    }
    (!keys.is_empty()).then_some((keys, left))
}

/// The share of the rows that have one value of the column.
fn share(key: &KeyOf, table: &Table) -> Option<f64> {
    let KeyOf::Column(name) = key else { return None };
    let statistics = table.column_named(name)?.statistics?;
    let distinct = match statistics.distinct {
        share if share < 0.0 => -share * rows(table),
        number => number,
    };
    Some((1.0 - statistics.null_share) / distinct.max(1.0))
}

/// An index that has all keys of another one in front does its work too.
fn without_prefixes(suggested: Vec<Suggested>, rejected: &mut Vec<Rejected>) -> Vec<Suggested> {
    let mut kept: Vec<Suggested> = Vec::new();
    for one in suggested {
        let longer = |other: &&mut Suggested| one.candidate.is_prefix_of(&other.candidate);
        if let Some(longer) = kept.iter_mut().find(longer) {
            let by = longer.candidate.to_string();
            longer.gains.extend(one.gains);
            rejected.push(Rejected { candidate: one.candidate, why: Why::Outdone { by } });
            continue;
        }
        let (shorter, mut rest): (Vec<Suggested>, Vec<Suggested>) =
            kept.into_iter().partition(|other| other.candidate.is_prefix_of(&one.candidate));
        let by = one.candidate.to_string();
        let mut one = one;
        for other in shorter {
            one.gains.extend(other.gains);
            let why = Why::Outdone { by: by.clone() };
            rejected.push(Rejected { candidate: other.candidate, why });
        }
        rest.push(one);
        kept = rest;
    }
    kept
}
