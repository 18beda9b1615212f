use std::fmt;

use perf_core::Finding;
use perf_core::finding::rank;
use serde::Serialize;

use super::{Missing, Server};

/// What a [`Checkup`](super::Checkup) has found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The server that was looked at.
    pub server: Server,
    /// What to change, dearest first.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

impl Diagnosis {
    pub(super) fn of(server: Server) -> Self {
        Self { server, findings: Vec::new(), missing: Vec::new() }
    }

    pub(super) fn rank(&mut self) {
        rank(&mut self.findings);
    }
}

/// The server, what could not be looked at, and every finding in full.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { version, database, is_replica, .. } = &self.server;
        writeln!(
            f,
            "{version}, database {database}{}",
            if *is_replica { ", a replica" } else { "" }
        )?;
        if !self.missing.is_empty() {
            writeln!(f, "\nNot looked at")?;
            for missing in &self.missing {
                writeln!(f, "  {missing}")?;
            }
        }
        if self.findings.is_empty() {
            return writeln!(f, "\nNo findings.");
        }
        writeln!(f, "\nFindings, dearest first")?;
        for (number, finding) in (1..).zip(&self.findings) {
            writeln!(f, "\n{number:>3}. {}", finding.to_string().replace('\n', "\n   "))?;
        }
        Ok(())
    }
}
