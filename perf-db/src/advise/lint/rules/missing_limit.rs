use perf_core::FindingKind;
use sqlparser::ast::{LimitClause, Query};

use super::super::block::{Place, Reading};
use super::super::estimate::{is_grouped, most_rows};
use super::super::parameters::next_parameter;
use super::super::read::is_limited;
use super::super::rewrite::{Change, Part, own, with};
use super::Found;

/// As many are read into the memory of who asks. The rows from which a plan's sequential scan is
/// worth a warning.
pub(crate) const MANY_ROWS: f64 = 10_000.0;

const ADVICE: &str = "say how many rows are wanted at most, and go on after the last one by its key \
                      (a Keyset of perf-db); where all are wanted, fetch them as a stream";

/// More rows of large tables asked for than anybody looks at.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        let Some(query) = block.query.filter(|_| block.place == Place::Answer) else { continue };
        let Some(select) = block.select() else { continue };
        if is_limited(query) || is_grouped(select) || select.into.is_some() {
            continue;
        }
        let Some(rows) = most_rows(reading, place).filter(|rows| *rows >= MANY_ROWS) else {
            continue;
        };
        let names = reading.sources_named(block).map(|(_, table)| table.full_name());
        let names: Vec<String> = names.collect();
        found.push(
            Found::new(FindingKind::MissingLimit, names.join(":"), ADVICE)
                .evidence("tables", names.join(", "))
                .evidence("rows, about", format!("{rows:.0}"))
                .code(limited(reading, query)),
        );
    }
}

fn limited(reading: &Reading<'_>, query: &Query) -> Option<String> {
    let limit = own(format!("${}", next_parameter(reading.statement)));
    let mut change = |query: &mut Query| match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit: missing, .. }) => *missing = Some(limit.clone()),
        clause => {
            let (limit, limit_by) = (Some(limit.clone()), Vec::new());
            *clause = Some(LimitClause::LimitOffset { limit, offset: None, limit_by });
        }
    };
    with(reading.statement, Part::Query(query), Change::Query(&mut change), reading.dialect())
}
