use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use super::super::Droppable;
use super::planned::RecordedPlans;
use crate::advise::Workload;

/// What the plans of the recorded statements say about an index.
pub(super) enum Verdict {
    /// No recorded statement is on its table.
    NoStatements,
    /// More than are planned again.
    TooMany,
    /// It was hidden from the planner, and these cost more then, most first.
    Hidden { statements: usize, rises: Vec<Rise> },
    /// It could not be hidden.
    Read {
        statements: usize,
        /// Places of those whose plans read it.
        readers: Vec<usize>,
        /// The planner takes samples from it then, whether it reads it or not.
        has_expressions: bool,
        /// No plan for all values can use it where the value decides whether its condition holds.
        is_partial: bool,
    },
}

/// A statement that costs more without the index.
pub(super) struct Rise {
    pub(super) place: usize,
    pub(super) before: f64,
    pub(super) after: f64,
}

impl Rise {
    pub(super) fn factor(&self) -> f64 {
        self.after / self.before.max(f64::MIN_POSITIVE)
    }
}

/// A wider index has more pages than the one whose work it takes over, so costs rise a little; what
/// is beyond is shown, and the statement that drops the index is not.
const LITTLE: f64 = 1.10;

const PROOF: &str = "proof";

impl Verdict {
    /// The finding with the proof, or none where the plans say that the index is needed.
    pub(super) fn finding(
        self,
        droppable: Droppable,
        statements: &RecordedPlans,
        workload: &Workload,
    ) -> Option<Finding> {
        let told = |count: usize| format!("{count} recorded statements{}", statements.aside());
        let is_unused = droppable.finding.kind == FindingKind::UnusedIndex;
        let is_twin = droppable.finding.kind == FindingKind::DuplicateIndex;
        let finding = droppable.finding;
        match self {
            Self::NoStatements if workload.statements.is_empty() && is_twin => {
                Some(finding.evidence(PROOF, TWIN))
            }
            Self::NoStatements if workload.statements.is_empty() => {
                Some(finding.evidence(PROOF, "not proven: no statements were recorded"))
            }
            Self::NoStatements => Some(finding.evidence(
                PROOF,
                format!("no recorded statement is on its table{}", statements.aside()),
            )),
            Self::TooMany => {
                Some(finding.evidence(PROOF, "not proven: too many statements had to be planned"))
            }
            Self::Hidden { statements, rises } => {
                match &*rises {
                    [] => Some(finding.evidence(
                        PROOF,
                        format!("{} cost no more with it hidden", told(statements)),
                    )),
                    _ if is_unused => None,
                    rises => Some(with_rises(finding, told(statements), rises, workload)),
                }
            }
            Self::Read { readers, .. } if is_unused && !readers.is_empty() => None,
            Self::Read { readers, .. } if is_twin => {
                Some(finding.call_sites(workload.call_sites(readers)).evidence(PROOF, TWIN))
            }
            Self::Read { statements, readers, .. } if !readers.is_empty() => Some(
                finding
                    .call_sites(workload.call_sites(readers.iter().copied()))
                    .evidence("read by", format!("{} of {}", readers.len(), told(statements)))
                    .evidence(PROOF, "not proven: how much more the other index costs them"),
            ),
            Self::Read { statements, has_expressions, is_partial, .. } => {
                let none = format!("none of the plans of {} reads it", told(statements));
                Some(finding.evidence(
                    PROOF,
                    match (has_expressions, is_partial) {
                        (true, _) => format!("not proven: {none}, but they may need its samples"),
                        (_, true) => format!("not proven: {none}, but with some values they may"),
                        _ if droppable.scans > 0 => {
                            format!("not proven: {none}, but something did")
                        }
                        _ => none,
                    },
                ))
            }
        }
    }
}

const TWIN: &str = "by its definition: no plan needs both";

fn with_rises(mut finding: Finding, of: String, rises: &[Rise], workload: &Workload) -> Finding {
    finding = finding
        .call_sites(workload.call_sites(rises.iter().map(|rise| rise.place)))
        .evidence(PROOF, format!("{} of {of} cost more with it hidden", rises.len()));
    let Some(most) = rises.first() else { return finding };
    let statement = workload.statements.get(most.place);
    finding = finding
        .evidence("the most", statement.map_or("", |statement| statement.fingerprint.text()))
        .evidence("cost", format!("{:.1} → {:.1}", most.before, most.after));
    if most.factor() > LITTLE {
        finding.severity = Severity::Info;
        finding.remedy.code = None;
        finding = finding.advice(format!(
            "keep it while that statement matters: without it the planner expects {} more",
            units::percent(most.factor() - 1.0)
        ));
    }
    finding
}
