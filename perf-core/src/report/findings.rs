use std::fmt;

use super::MAX_ROWS;
use super::text::{one_line, shortened};
use crate::finding::{Finding, Severity};
use crate::units::duration;

/// Characters of a statement: enough to know it again and to change it.
const STATEMENT_WIDTH: usize = 300;

/// Writes the dearest findings, in full but for the length of their statements.
pub(super) fn write(findings: &[Finding], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if findings.is_empty() {
        return writeln!(f, "\nNo findings.");
    }
    writeln!(f, "\nFindings, dearest first")?;
    for (number, finding) in (1..).zip(findings.iter().take(MAX_ROWS)) {
        write_one(number, finding, f)?;
    }
    match findings.len().saturating_sub(MAX_ROWS) {
        0 => Ok(()),
        more => writeln!(f, "\n  and {more} more"),
    }
}

fn write_one(number: usize, finding: &Finding, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    };
    let brief = |text: &str| shortened(&one_line(text), STATEMENT_WIDTH);
    let (kind, subject) = (finding.kind.as_str(), brief(&finding.subject));
    writeln!(f, "\n{number:>3}. {severity} {kind}: {subject}")?;
    writeln!(
        f,
        "     costs {} per minute, {:.1} % of all time",
        duration(finding.impact.per_minute),
        finding.impact.share * 100.0
    )?;
    for call_site in &finding.call_sites {
        writeln!(f, "     at {}", one_line(&call_site.to_string()))?;
    }
    for evidence in &finding.evidence {
        writeln!(f, "     {}: {}", evidence.label, brief(&evidence.value))?;
    }
    writeln!(f, "     do: {}", one_line(&finding.remedy.advice))?;
    if let Some(code) = &finding.remedy.code {
        writeln!(f, "         {}", one_line(code))?;
    }
    Ok(())
}
