use std::collections::HashSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// What is read of a former report.
#[derive(Deserialize)]
struct Former {
    findings: Vec<FormerFinding>,
}

#[derive(Deserialize)]
struct FormerFinding {
    key: String,
}

/// The keys of what a former run has found.
pub(crate) fn read(path: &Path) -> Result<HashSet<String>, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("--baseline {shown}: {error}"))?;
    let former: Former = serde_json::from_str(&text).map_err(|error| {
        format!("--baseline {shown} is no report of doctor --format json: {error}")
    })?;
    Ok(former.findings.into_iter().map(|finding| finding.key).collect())
}
