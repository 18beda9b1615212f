//! Patterns that begin with a wildcard, which only an index of trigrams finds.

use super::IndexSearch;
use super::access::Pattern;
use super::advice::{Gain, Proof, Rejected, Suggested, Why};
use super::candidate::{Candidate, CandidateKey, KeyOf};
use super::case::Case;
use super::existing::covering;
use super::generate::rows;
use super::pool::LEAST_ROWS;
use super::price::{size, write_overhead};
use crate::advise::Missing;
use crate::advise::schema::{Schema, Table};
use crate::advise::workload::Workload;

/// To look up the trigrams of a pattern, in the planner's unit.
const LOOKUP: f64 = 50.0;

/// To fetch a row that a bitmap points to: between a page in turn and one at random.
const ROW_FETCH: f64 = 2.0;

/// A text has about as many trigrams as letters, each with a pointer to the row.
const BYTES_PER_LETTER: u64 = 3;

/// What becomes of the patterns of a workload.
#[derive(Default)]
pub(super) struct Trigrams {
    pub(super) suggested: Vec<Suggested>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) missing: Option<Missing>,
}

/// For statements that read a table from end to end for a pattern, with what is chosen already.
/// `operators` is the class of operators with its schema, where the extension is there.
pub(super) fn trigrams(
    cases: &[Case],
    schema: &Schema,
    workload: &Workload,
    bars: &IndexSearch,
    operators: Option<&str>,
) -> Trigrams {
    let mut found = Trigrams::default();
    for case in cases {
        for access in &case.accesses {
            let Some(table) = schema.table(access.table) else { continue };
            for pattern in &access.patterns {
                let Some(candidate) = candidate(table, pattern, operators) else { continue };
                let spared =
                    (access.sequential_cost - LOOKUP - access.sequential_rows * ROW_FETCH).max(0.0);
                let after = case.cost - spared;
                let rows = rows(table);
                let why = if rows < LEAST_ROWS {
                    Some(Why::SmallTable { rows: rows as u64 })
                } else if let Some(index) = covering(&candidate, table) {
                    Some(Why::Covered { by: index.name.clone() })
                } else if let Some(why) = bars.why(case.cost, after) {
                    Some(why)
                } else {
                    operators.is_none().then_some(Why::NeedsExtension { name: "pg_trgm" })
                };
                if let Some(why) = why {
                    if let Why::NeedsExtension { .. } = why {
                        found.missing = Some(without_extension());
                    }
                    found.rejected.push(Rejected { candidate, why });
                    continue;
                }
                let statement = workload.statements[case.place].fingerprint.clone();
                let gain = Gain { statement, place: case.place, before: case.cost, after };
                found.add(candidate, table, gain);
            }
        }
    }
    found
}

impl Trigrams {
    fn add(&mut self, candidate: Candidate, table: &Table, gain: Gain) {
        match self.suggested.iter_mut().find(|known| known.candidate == candidate) {
            Some(known) if known.gains.iter().any(|known| known.place == gain.place) => {}
            Some(known) => known.gains.push(gain),
            None => self.suggested.push(Suggested {
                proof: Proof::Statistics,
                gains: vec![gain],
                bytes: size(&candidate, table) + candidate.letters(table) * BYTES_PER_LETTER,
                write_overhead: write_overhead(&candidate, table, 1.0),
                candidate,
            }),
        }
    }
}

fn candidate(table: &Table, pattern: &Pattern, operators: Option<&str>) -> Option<Candidate> {
    if let KeyOf::Column(name) = &pattern.key {
        let is_text = |kind: &str| kind == "text" || kind.starts_with("character varying");
        table.column_named(name).filter(|column| is_text(&column.type_name))?;
    }
    let operators = operators.unwrap_or("gin_trgm_ops").to_owned();
    let key = CandidateKey {
        operator_class: Some(operators),
        ..CandidateKey::ascending(pattern.key.clone())
    };
    let mut candidate = Candidate::btree(table, vec![key]);
    candidate.method = "gin";
    Some(candidate)
}

fn without_extension() -> Missing {
    Missing::new(
        "indexes for patterns",
        "statements search by patterns that begin with a wildcard, which only an index of the \
         extension pg_trgm finds, and that is not in this database",
    )
    .remedy("create extension pg_trgm")
}
