//! Prometheus's own judgement.

use std::io::Write;
use std::process::{Command, Stdio};

/// What `promtool check metrics` finds fault with.
pub(crate) fn check_metrics(page: &str) -> Result<(), String> {
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut promtool = promtool
        .map_err(|error| format!("cannot run promtool: {error}; apt install prometheus"))?;
    let mut stdin = promtool.stdin.take().expect("piped");
    stdin.write_all(page.as_bytes()).map_err(|error| error.to_string())?;
    drop(stdin);
    let output = promtool.wait_with_output().map_err(|error| error.to_string())?;
    let said = [output.stdout, output.stderr].concat();
    match (output.status.success(), said.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(String::from_utf8_lossy(&said).into_owned()),
    }
}
