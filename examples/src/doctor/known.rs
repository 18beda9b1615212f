//! What is known already and need not be told again.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use perf_core::finding::suppress::{Date, Suppressions};
use serde::Deserialize;

use crate::options::Options;
use crate::report::Report;

/// The file that is read where no other is named.
const USUAL_FILE: &str = "perf.toml";

pub(crate) struct Known {
    suppressions: Suppressions,
    /// Keys of a former report.
    baseline: HashSet<String>,
}

impl Known {
    pub(crate) fn read(options: &Options) -> Result<Self, Box<dyn Error>> {
        let suppressions = match &options.suppress {
            Some(file) => Suppressions::read(file)?,
            None if Path::new(USUAL_FILE).exists() => Suppressions::read(USUAL_FILE)?,
            None => Suppressions::default(),
        };
        let baseline = options.baseline.as_deref().map(baseline).transpose()?.unwrap_or_default();
        Ok(Self { suppressions, baseline })
    }

    pub(crate) fn leave_out(&self, report: &mut Report) {
        let findings = std::mem::take(&mut report.findings);
        let outcome = self.suppressions.apply(findings, Date::today());
        report.findings = outcome.kept;
        report.findings.retain(|finding| !self.baseline.contains(&finding.key));
        report.suppressed = outcome.suppressed.len();
        report.stale = outcome.stale.iter().map(ToString::to_string).collect();
    }
}

/// What is read of a former report.
#[derive(Deserialize)]
struct Former {
    findings: Vec<FormerFinding>,
}

#[derive(Deserialize)]
struct FormerFinding {
    key: String,
}

fn baseline(path: &Path) -> Result<HashSet<String>, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("--baseline {shown}: {error}"))?;
    let former: Former = serde_json::from_str(&text).map_err(|error| {
        format!("--baseline {shown} is no report of doctor --format json: {error}")
    })?;
    Ok(former.findings.into_iter().map(|finding| finding.key).collect())
}
