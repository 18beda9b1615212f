//! Prometheus' own judgement of a page of metrics.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::process::Command;

use crate::locate;

/// Asks `promtool check metrics` about a text in Prometheus' text format 0.0.4.
///
/// It knows no OpenMetrics, so that an exemplar is an error to it, and it overlooks a sample that
/// comes twice.
///
/// # Errors
/// What `promtool` complained of, one complaint a line: broken syntax, or a name, unit or help
/// that is not as Prometheus' conventions want it. Or why it could not be asked.
pub fn promtool_check_metrics(text: &str) -> Result<(), String> {
    let program = locate::promtool().map_err(|error| error.to_string())?;
    let input = input(text).map_err(|error| format!("no temporary file was made: {error}"))?;
    let output = Command::new(program)
        .args(["check", "metrics"])
        .stdin(input)
        .output()
        .map_err(|error| format!("promtool could not be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&said).trim().to_owned())
}

/// A file instead of a pipe: a pipe could fill up while nobody reads at the other end.
fn input(text: &str) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file)
}
