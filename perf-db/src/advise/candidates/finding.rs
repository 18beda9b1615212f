use perf_core::finding::Severity;
use perf_core::time::Duration;
use perf_core::units::{bytes, count, duration, percent};
use perf_core::{Finding, FindingKind};

use super::advice::{Gain, IndexAdvice, Proof, Suggested};
use super::price::writes;
use crate::advise::schema::{Schema, Table};
use crate::advise::workload::Workload;

/// Statements that a finding names.
const NAMED: usize = 3;

impl IndexAdvice {
    /// What was found, dearest first, for the schema and the workload that were searched.
    pub fn findings(&self, schema: &Schema, workload: &Workload) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            self.suggested.iter().map(|suggested| suggested.finding(schema, workload)).collect();
        perf_core::finding::rank(&mut findings);
        findings
    }
}

impl Suggested {
    fn finding(&self, schema: &Schema, workload: &Workload) -> Finding {
        let candidate = &self.candidate;
        let impact = workload.impact(self.saved(workload));
        let subject = format!("{}.{}", candidate.schema, candidate.table);
        let calls = |gain: &Gain| workload.statements.get(gain.place).map_or(0, |s| s.calls);
        let (mut before, mut after) = (0.0, 0.0);
        for gain in &self.gains {
            before += calls(gain) as f64 * gain.before;
            after += calls(gain) as f64 * gain.after;
        }
        let runs = self.gains.iter().map(calls).sum::<u64>().max(1) as f64;
        let time: Duration = self
            .gains
            .iter()
            .filter_map(|gain| workload.statements.get(gain.place))
            .map(|s| s.time)
            .sum();
        let proof = match self.proof {
            Proof::Planner => "the planner chose it when told that it is there (hypopg)",
            Proof::Statistics => "estimated from statistics, not proven",
        };
        let mut finding = Finding::new(FindingKind::MissingIndex, candidate.which(), subject)
            .severity(Severity::of_share(impact.share))
            .evidence("cost", format!("{:.0} -> {:.0}", before / runs, after / runs))
            .evidence("proof", proof)
            .evidence(
                "statements that gain",
                format!("{} of {}", self.gains.len(), workload.statements.len()),
            );
        if !workload.time.is_zero() {
            let share = time.as_secs_f64() / workload.time.as_secs_f64();
            finding = finding.evidence("their share of the time", percent(share.min(1.0)));
        }
        for gain in self.gains.iter().take(NAMED) {
            let costs = format!("{:.0} -> {:.0}: {}", gain.before, gain.after, gain.statement);
            finding = finding.evidence("statement", costs);
        }
        finding = finding.evidence("size", bytes(self.bytes));
        if let Some(table) = candidate.table_in(schema) {
            finding = finding
                .evidence("write cost", self.write_cost(table, schema, workload))
                .evidence("statistics", age(table));
        }
        finding
            .call_sites(workload.call_sites(self.gains.iter().map(|gain| gain.place)))
            .impact(impact)
            .advice(self.advice())
            .code(candidate.to_string())
    }

    /// The time of the statements that would not be spent, as the costs say.
    fn saved(&self, workload: &Workload) -> Duration {
        let saved = self.gains.iter().filter_map(|gain| {
            let statement = workload.statements.get(gain.place)?;
            Some(statement.time.mul_f64(gain.saving()))
        });
        saved.fold(Duration::ZERO, Duration::saturating_add)
    }

    fn write_cost(&self, table: &Table, schema: &Schema, workload: &Workload) -> String {
        let overhead = percent(self.write_overhead);
        let minutes = workload.observed.as_secs_f64() / 60.0;
        let writes = writes(table, schema, workload);
        match minutes > 0.0 {
            true => format!(
                "{overhead} on top of each row written, {} of them a minute",
                count((writes / minutes).round() as u64)
            ),
            false => format!("{overhead} on top of each row written"),
        }
    }

    fn advice(&self) -> String {
        let mut advice = match self.proof {
            Proof::Planner => "create the index; analyze the table first if its statistics are old",
            Proof::Statistics => {
                "create the index and see whether the plans use it: nothing has proven that yet"
            }
        }
        .to_owned();
        if self.candidate.is_partitioned {
            advice.push_str(
                "; on a partitioned table this blocks writes while it is built, which does not \
                 happen when each part gets its index concurrently first",
            );
        }
        advice
    }
}

fn age(table: &Table) -> String {
    let changed = table.activity.changed_since_analyze;
    match table.activity.analyzed_ago {
        Some(ago) => {
            format!("analysed {} ago, {} rows changed since", duration(ago), count(changed))
        }
        None => "no analyze since the server counts".to_owned(),
    }
}
