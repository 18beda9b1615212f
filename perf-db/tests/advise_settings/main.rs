//! The settings that suit a machine, and those of live servers against them.

mod live;
mod machines;
mod quantities;
mod servers;

use perf_core::Finding;
use perf_core::finding::Severity;

/// The finding about this setting.
fn find<'a>(findings: &'a [Finding], name: &str) -> Option<&'a Finding> {
    let key = format!("setting:{name}");
    findings.iter().find(|finding| finding.key == key)
}

fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}
