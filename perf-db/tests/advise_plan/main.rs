//! Plans: read, computed, shown, and what the rules say of them.

mod bad_input;
mod estimated;
mod mangled;
mod picture;
mod rules;
mod sums;
mod time;
mod versions;

use perf_core::finding::{FindingKind, Severity};
use perf_core::{Finding, Fingerprint};
use perf_db::advise::plan::{Context, Plan};
use testbed::Database;

/// The plan of what was run.
fn analyzed(database: &Database, before: &str, sql: &str) -> Plan {
    explained(database, before, "analyze, verbose, buffers, settings", sql)
}

fn explained(database: &Database, before: &str, options: &str, sql: &str) -> Plan {
    let options = if options.is_empty() { "" } else { &format!("{options}, ") };
    let explain = format!("begin; {before}; explain ({options}format json) {sql}; rollback");
    let json = database.sql(&explain).unwrap();
    // What the statements before have said stands in front.
    let start = json.find("[\n").unwrap_or_else(|| panic!("no plan: {json}"));
    Plan::parse(&json[start..]).unwrap()
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}

/// What is found in a plan of this statement.
fn found(plan: &Plan, sql: &str) -> Vec<Finding> {
    let fingerprint = Fingerprint::of(sql);
    let findings = plan.findings(&Context::new(&fingerprint));
    let tree = findings
        .iter()
        .fold(plan.tree(), |tree, found| tree.flag(found.node, found.finding.severity));
    println!("{tree}");
    findings
        .into_iter()
        .map(|found| found.finding)
        .inspect(|finding| println!("{finding:#?}"))
        .collect()
}

fn one(findings: &[Finding], kind: FindingKind) -> &Finding {
    let mut of_kind = findings.iter().filter(|finding| finding.kind == kind);
    let found = of_kind.next().unwrap_or_else(|| panic!("{kind:?} is not in {findings:#?}"));
    assert!(of_kind.next().is_none(), "{kind:?} is found twice");
    found
}

fn evidence<'a>(finding: &'a Finding, label: &str) -> &'a str {
    let found = finding.evidence.iter().find(|evidence| evidence.label == label);
    &found.unwrap_or_else(|| panic!("no {label} in {finding:#?}")).value
}

/// But for the time that it took to plan, which on a busy machine may be any.
fn assert_nothing(findings: &[Finding]) {
    let is_of_plan = |finding: &&Finding| finding.kind != FindingKind::PlanningTime;
    let found: Vec<&Finding> = findings.iter().filter(is_of_plan).collect();
    assert!(found.is_empty(), "{found:#?}");
}

fn is_grave(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}
