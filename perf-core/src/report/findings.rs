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
        writeln!(f, "\n{number:>3}. {}", finding.to_string().replace('\n', "\n   "))?;
    }
    match findings.len().saturating_sub(MAX_ROWS) {
        0 => Ok(()),
        more => writeln!(f, "\n  and {more} more"),
    }
}

/// What it is and what it costs, then where, what was seen and what to do, a line each.
///
/// Statements end after 300 characters, and control characters are replaced.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}", title(self), cost(self))?;
        for call_site in &self.call_sites {
            write!(f, "\n  at {}", one_line(&call_site.to_string()))?;
        }
        for evidence in &self.evidence {
            write!(f, "\n  {}: {}", evidence.label, brief(&evidence.value))?;
        }
        write!(f, "\n  do: {}", one_line(&self.remedy.advice))?;
        match &self.remedy.code {
            Some(code) => write!(f, "\n      {}", one_line(code)),
            None => Ok(()),
        }
    }
}

impl Finding {
    /// The finding in one line, for a log: what, what it costs, and the first call site.
    pub fn headline(&self) -> String {
        let place = self.call_sites.first().map(|place| format!(", at {place}"));
        format!("{}, {}{}", title(self), cost(self), one_line(&place.unwrap_or_default()))
    }
}

fn title(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    };
    format!("{severity} {}: {}", finding.kind.as_str(), brief(&finding.subject))
}

fn cost(finding: &Finding) -> String {
    let (per_minute, share) = (duration(finding.impact.per_minute), finding.impact.share);
    format!("costs {per_minute} per minute, {:.1} % of all time", share * 100.0)
}

fn brief(text: &str) -> String {
    shortened(&one_line(text), STATEMENT_WIDTH)
}
