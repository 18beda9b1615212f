//! What was found, in the form that was asked for.

mod html;
mod markdown;
mod text;

use std::io::{self, Write};

use perf_core::Finding;
use perf_db::advise::mysql::MysqlReport;
use perf_db::advise::{Diagnosis, Missing, PlannedStatement};
use serde::Serialize;

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Format {
    Text,
    Json,
    Markdown,
    Html,
}

impl Format {
    pub(crate) fn of(name: &str) -> Result<Self, String> {
        Ok(match name {
            "text" => Self::Text,
            "json" => Self::Json,
            "markdown" => Self::Markdown,
            "html" => Self::Html,
            _ => return Err(format!("--format takes text, json, markdown or html, not {name}")),
        })
    }
}

/// Extensions that the findings are made with.
const EVIDENCE: [&str; 3] = ["hypopg", "pg_stat_statements", "pg_trgm"];

/// What was found, of whatever server.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The server in a few words.
    pub(crate) server: String,
    /// Dearest first.
    pub(crate) findings: Vec<Finding>,
    /// What could not be looked at.
    pub(crate) missing: Vec<Missing>,
    /// How many findings are left out by `perf.toml`.
    pub(crate) suppressed: usize,
    /// What is wrong with `perf.toml`.
    pub(crate) stale: Vec<String>,
    /// Those in which something was found, where they are to be shown.
    #[serde(skip)]
    pub(crate) plans: Vec<PlannedStatement>,
    /// Indexes that are not proposed, each with the reason, where that is to be shown.
    #[serde(skip)]
    pub(crate) rejected: Vec<String>,
}

impl From<Diagnosis> for Report {
    fn from(diagnosis: Diagnosis) -> Self {
        let server = &diagnosis.server;
        let used: Vec<&str> = EVIDENCE.into_iter().filter(|name| server.has(name)).collect();
        let with = if used.is_empty() { "" } else { ", with " };
        let is_flagged = |planned: &PlannedStatement| !planned.flags.is_empty();
        Self {
            server: format!(
                "{}, database {}{with}{}",
                server.version,
                server.database,
                used.join(", ")
            ),
            findings: diagnosis.findings,
            missing: diagnosis.missing,
            suppressed: 0,
            stale: Vec::new(),
            plans: diagnosis.plans.into_iter().filter(is_flagged).collect(),
            rejected: (diagnosis.rejected.iter())
                .map(|rejected| format!("{}: {}", rejected.candidate, rejected.why))
                .collect(),
        }
    }
}

impl From<MysqlReport> for Report {
    fn from(report: MysqlReport) -> Self {
        Self {
            server: report.server.version,
            findings: report.findings,
            missing: report.missing,
            suppressed: 0,
            stale: Vec::new(),
            plans: Vec::new(),
            rejected: Vec::new(),
        }
    }
}

impl Report {
    /// What there is to say beside the findings: of `perf.toml`, line by line.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.stale.clone();
        match self.suppressed {
            0 => {}
            1 => notes.push("1 finding is left out, with a reason".to_owned()),
            many => notes.push(format!("{many} findings are left out, with reasons")),
        }
        notes
    }

    pub(crate) fn write(&self, format: Format, to: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, to),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *to, self)?;
                writeln!(to)
            }
            Format::Markdown => markdown::write(self, to),
            Format::Html => html::write(self, to),
        }
    }
}

/// Lines of code, in which nothing gives a command to a terminal.
fn code_lines(code: &str) -> String {
    code.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}")
}
