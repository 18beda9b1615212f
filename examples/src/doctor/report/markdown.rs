use std::io::{self, Write};

use perf_core::Finding;

use super::{Report, code_lines};

/// As a comment on a pull request or a step summary shows it.
pub(super) fn write(report: &Report, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "# {}\n", text(&report.server))?;
    if !report.missing.is_empty() {
        writeln!(to, "## Not looked at\n")?;
        for missing in &report.missing {
            writeln!(to, "- {}", text(&missing.to_string()))?;
        }
        writeln!(to)?;
    }
    let notes = report.notes();
    if !notes.is_empty() {
        writeln!(to, "## perf.toml\n")?;
        for note in &notes {
            writeln!(to, "- {}", text(note))?;
        }
        writeln!(to)?;
    }
    if report.findings.is_empty() {
        return writeln!(to, "No findings.");
    }
    writeln!(to, "## Findings, dearest first\n")?;
    for finding in &report.findings {
        write_finding(finding, to)?;
    }
    Ok(())
}

fn write_finding(finding: &Finding, to: &mut impl Write) -> io::Result<()> {
    let (severity, kind) = (finding.severity.as_str(), finding.kind.as_str());
    writeln!(to, "### {severity} {kind}: {}\n", text(&finding.subject))?;
    if !finding.impact.per_minute.is_zero() {
        writeln!(to, "- costs {}", finding.impact)?;
    }
    for call_site in &finding.call_sites {
        writeln!(to, "- at {}", code(&call_site.to_string()))?;
    }
    for evidence in &finding.evidence {
        writeln!(to, "- {}: {}", evidence.label, text(&evidence.value))?;
    }
    writeln!(to, "- do: {}", text(&finding.remedy.advice))?;
    writeln!(to, "- key: {}", code(&finding.key))?;
    if let Some(remedy) = &finding.remedy.code {
        let remedy = code_lines(remedy);
        // One more backquote than the code has in a row, so that it cannot end the block.
        let fence = "`".repeat(longest_run(&remedy).max(2) + 1);
        writeln!(to, "\n{fence}sql\n{remedy}\n{fence}")?;
    }
    writeln!(to)
}

/// One line in which nothing is a mark.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' => {
                escaped.extend(['\\', c]);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn code(text: &str) -> String {
    let marks = "`".repeat(longest_run(text) + 1);
    format!("{marks}{}{marks}", text.replace(char::is_control, " "))
}

/// Backquotes in a row.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
