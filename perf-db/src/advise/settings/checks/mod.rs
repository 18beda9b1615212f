//! One server's settings, judged. Each check is a function of values.

mod autovacuum;
mod durability;
mod logging;
mod machine;
mod memory;
mod planner;
mod timeouts;
mod wal;

use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};

use super::change::{advised, finding};
use super::machine::Machine;
use super::recommended::Recommended;
use super::server::ServerSettings;

/// The worst first.
pub(super) fn findings(server: &ServerSettings, machine: Option<&Machine>) -> Vec<Finding> {
    let recommended = machine.map(|machine| Recommended::for_server(machine, server));
    let mut findings = Vec::new();
    findings.extend(durability::findings(server));
    findings.extend(autovacuum::findings(server));
    findings.extend(memory::findings(server, machine));
    findings.extend(wal::findings(server, recommended.as_ref()));
    findings.extend(planner::findings(server, machine));
    findings.extend(timeouts::findings(server));
    findings.extend(logging::findings(server));
    findings.extend(pending(server));
    if let (Some(machine), Some(recommended)) = (machine, &recommended) {
        let known: Vec<String> = findings.iter().map(|finding| finding.key.clone()).collect();
        findings.extend(machine::findings(server, machine, recommended, &known));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Changed settings that do not hold yet.
fn pending(server: &ServerSettings) -> Option<Finding> {
    let names = &server.pending_restart;
    if names.is_empty() {
        return None;
    }
    Some(
        Finding::new(FindingKind::Setting, "pending_restart", "settings that wait for a restart")
            .severity(Severity::Info)
            .evidence("settings", names.join(", "))
            .advice("restart the server, or take the changes back: they do not hold until then"),
    )
}
