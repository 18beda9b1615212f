use std::fmt;

use super::MAX_ROWS;
use super::text::{one_line, shortened};
use crate::finding::{Finding, FindingKind, Impact};
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
        f.write_str(&title(self))?;
        if costs_are_known(self) {
            write!(f, "\n  costs {}", self.impact)?;
        }
        for call_site in &self.call_sites {
            write!(f, "\n  at {}", one_line(&call_site.to_string()))?;
        }
        for evidence in &self.evidence {
            write!(f, "\n  {}: {}", evidence.label, brief(&evidence.value))?;
        }
        write!(f, "\n  do: {}", one_line(&self.remedy.advice))?;
        for line in self.remedy.code.iter().flat_map(|code| code.lines()) {
            write!(f, "\n      {}", one_line(line))?;
        }
        Ok(())
    }
}

impl Finding {
    /// The finding in one line, for a log: what, what it costs, and the first call site.
    pub fn headline(&self) -> String {
        let place = self.call_sites.first().map(|place| format!(", at {place}"));
        let place = one_line(&place.unwrap_or_default());
        match costs_are_known(self) {
            true => format!("{}, costs {}{place}", title(self), self.impact),
            false => format!("{}{place}", title(self)),
        }
    }
}

/// A recorder counts the time of all that it sees; much of what is found at a server has none.
fn costs_are_known(finding: &Finding) -> bool {
    !finding.impact.per_minute.is_zero() || !FindingKind::ADVISED.contains(&finding.kind)
}

fn title(finding: &Finding) -> String {
    let (severity, kind) = (finding.severity.as_str(), finding.kind.as_str());
    format!("{severity} {kind}: {}", brief(&finding.subject))
}

/// In words: `6.74 s per minute, 14.8 % of all time`.
impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.per_minute.is_zero() {
            return f.write_str("no time so far");
        }
        let (per_minute, percent) = (duration(self.per_minute), self.share * 100.0);
        write!(f, "{per_minute} per minute, {percent:.1} % of all time")
    }
}

fn brief(text: &str) -> String {
    shortened(&one_line(text), STATEMENT_WIDTH)
}
