//! What the counters of statements alone tell, before anybody looks at a plan.

mod heavy_statement;
mod planning_time;
mod slow_query;
mod temporary_files;

use std::collections::HashMap;

use perf_core::finding::FindingKind;
use perf_core::{Finding, units};

use super::snapshot::{Planning, Statements};
use crate::advise::{Statement, Workload};

/// What these statements of a server tell, of which `workload` was made.
pub(crate) fn findings(workload: &Workload, statements: &Statements) -> Vec<Finding> {
    let details = Details::by_statement(workload, statements);
    let mut findings = Vec::new();
    for (statement, details) in workload.statements.iter().zip(details) {
        findings.extend(slow_query::find(workload, statement));
        findings.extend(heavy_statement::find(workload, statement));
        findings.extend(planning_time::find(workload, statement, &details));
        findings.extend(temporary_files::find(workload, statement, &details));
    }
    findings
}

/// What the server has counted of one statement of a workload beside its calls, time and rows.
#[derive(Debug, Default)]
struct Details {
    planning: Option<Planning>,
    temporary_bytes: u64,
}

impl Details {
    /// In the order of the workload.
    fn by_statement(workload: &Workload, statements: &Statements) -> Vec<Self> {
        let mut places: HashMap<u64, usize> = HashMap::new();
        let mut numbers: HashMap<i64, usize> = HashMap::new();
        for (place, statement) in workload.statements.iter().enumerate() {
            places.insert(statement.fingerprint.id(), place);
            numbers.extend(statement.query_id.map(|number| (number, place)));
        }
        let mut details: Vec<Self> = workload.statements.iter().map(|_| Self::default()).collect();
        for counted in &statements.statements {
            let place =
                numbers.get(&counted.query_id).or_else(|| places.get(&counted.fingerprint.id()));
            let Some(&place) = place else { continue };
            let details = &mut details[place];
            details.temporary_bytes += counted.temporary_bytes;
            if let Some(counted) = counted.planning {
                let planning = details.planning.get_or_insert_default();
                planning.plans += counted.plans;
                planning.time += counted.time;
            }
        }
        details
    }
}

/// A finding about a statement, under the key that the recorder's would have, with those who send it.
fn about(kind: FindingKind, statement: &Statement) -> Finding {
    let which = format!("{:016x}", statement.fingerprint.id());
    Finding::new(kind, which, statement.fingerprint.text()).call_sites(statement.call_sites())
}

/// The average, the calls and each sender's share.
fn told(finding: Finding, statement: &Statement) -> Finding {
    let rows = statement.rows as f64 / statement.calls.max(1) as f64;
    let finding = finding
        .evidence("mean", units::duration(statement.mean()))
        .evidence("calls", statement.calls.to_string())
        .evidence("rows per call", format!("{rows:.1}"));
    statement.senders.iter().fold(finding, |finding, sender| {
        let share = units::percent(sender.share);
        finding.evidence("sent by", format!("{}, {share} of its time", sender.call_site))
    })
}
