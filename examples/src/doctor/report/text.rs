use std::io::{self, IsTerminal, Write};

use perf_core::finding::Severity;

use super::Report;

const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// In colours on a terminal, unless `NO_COLOR` is set.
pub(super) fn write(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let is_coloured =
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let paint = |style: &str, text: &str| match is_coloured {
        true => format!("{style}{text}{PLAIN}"),
        false => text.to_owned(),
    };
    writeln!(to, "{}", paint(BOLD, &report.server))?;
    if !report.missing.is_empty() {
        writeln!(to, "\n{}", paint(BOLD, "Not looked at"))?;
        for missing in &report.missing {
            writeln!(to, "  {missing}")?;
        }
    }
    let notes = report.notes();
    if !notes.is_empty() {
        writeln!(to, "\n{}", paint(BOLD, "perf.toml"))?;
    }
    for note in notes {
        writeln!(to, "  {note}")?;
    }
    if report.findings.is_empty() {
        return writeln!(to, "\nNo findings.");
    }
    writeln!(to, "\n{}", paint(BOLD, "Findings, dearest first"))?;
    for (number, finding) in (1..).zip(&report.findings) {
        let text = finding.to_string();
        let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let title = paint(colour(finding.severity), title);
        writeln!(to, "\n{number:>3}. {title}")?;
        for line in rest.lines() {
            writeln!(to, "   {line}")?;
        }
        writeln!(to, "     key: {}", finding.key.replace(char::is_control, " "))?;
    }
    if !report.rejected.is_empty() {
        writeln!(to, "\n{}", paint(BOLD, "Indexes that were looked at and are not proposed"))?;
    }
    for rejected in &report.rejected {
        writeln!(to, "  {rejected}")?;
    }
    if !report.plans.is_empty() {
        writeln!(to, "\n{}", paint(BOLD, "Plans"))?;
    }
    for planned in &report.plans {
        writeln!(to, "\n{}\n{}", shown(planned.statement.text()), planned.tree())?;
    }
    Ok(())
}

/// Without what would give a command to a terminal: names may hold anything.
fn shown(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
        _ => "\x1b[1;36m",
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_gives_no_command_to_a_terminal() {
        assert_eq!(shown("select * from \"a\x1b[2J\""), "select * from \"a\u{fffd}[2J\"");
    }
}
