//! What the findings of all rules have in common.

use std::fmt::Display;

use perf_core::finding::{Finding, FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::units;

use super::Context;
use crate::advise::plan::{Expression, NodeId, Plan};

/// Where a statement ends in less than this, its plan alone makes nothing grave.
const QUICK: Duration = Duration::from_millis(5);

impl Context<'_> {
    /// Whether the statement takes enough time for its plan to be worth a change: by itself, or as a
    /// share of the workload's.
    pub(super) fn matters(&self, plan: &Plan) -> bool {
        let is_slow = plan.execution_time().is_some_and(|time| time >= QUICK);
        is_slow || Severity::of_share(self.impact(1.0).share) > Severity::Info
    }

    /// A finding about a node, which is told from others of this statement by `which`.
    ///
    /// `share` is that of the statement's time which is lost, from 0 to 1. How much the finding
    /// matters comes of it: as a share of the workload's time, and of the statement's own where that
    /// was run and took long.
    pub(super) fn found(
        &self,
        kind: FindingKind,
        which: impl Display,
        plan: &Plan,
        (id, share): (NodeId, f64),
    ) -> Finding {
        let impact = self.impact(share);
        let by_itself = match plan.execution_time() {
            Some(time) if time >= QUICK => Severity::of_share(share),
            _ => Severity::Info,
        };
        let severity = Severity::of_share(impact.share).max(by_itself);
        let fingerprint = self.statement.id();
        let finding =
            Finding::new(kind, format!("{fingerprint:016x}:{which}"), self.statement.text())
                .severity(severity)
                .call_sites(self.call_sites.iter().copied())
                .impact(impact)
                .evidence("node", plan.label(id));
        match plan.is_analyzed() {
            true => finding,
            false => finding.evidence("numbers", "estimated by the planner, not measured"),
        }
    }
}

/// The time that a node takes with what is below it, or its cost.
pub(super) fn own_share(plan: &Plan, id: NodeId) -> (&'static str, String) {
    let share = units::percent(plan.share(id));
    match plan.exclusive_time(id) {
        Some(time) => ("time", format!("{}, {share} of the statement", units::duration(time))),
        None => ("cost", format!("{share} of the statement")),
    }
}

/// Evidence of something that is not always there.
pub(super) trait With: Sized {
    fn with(self, evidence: (&'static str, String)) -> Self;
    fn with_condition(self, label: &'static str, condition: Option<&Expression>) -> Self;
    /// At least this severity.
    fn at_least(self, severity: Severity) -> Self;
    /// At most this severity.
    fn at_most(self, severity: Severity) -> Self;
}

impl With for Finding {
    fn with(self, (label, value): (&'static str, String)) -> Self {
        self.evidence(label, value)
    }

    fn with_condition(self, label: &'static str, condition: Option<&Expression>) -> Self {
        match condition {
            Some(condition) => self.evidence(label, shortened(condition.text())),
            None => self,
        }
    }

    fn at_least(self, severity: Severity) -> Self {
        let severity = self.severity.max(severity);
        self.severity(severity)
    }

    fn at_most(self, severity: Severity) -> Self {
        let severity = self.severity.min(severity);
        self.severity(severity)
    }
}

fn shortened(text: String) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A share of rows.
pub(super) fn of(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}
