//! The list of tests that touched a real server, by which `cargo xtask test` proves that they ran.

use std::fs::OpenOptions;
use std::io::Write;
use std::{env, thread};

/// Names the file that the list is appended to. Without it nothing is written.
pub const LEDGER_VARIABLE: &str = "PERF_TESTBED_LEDGER";

/// Appends one line: server, test binary and test, separated by tabs.
pub(crate) fn record(server: &str) {
    let Some(path) = env::var_os(LEDGER_VARIABLE) else {
        return;
    };
    let line = format!("{server}\t{}\t{}\n", binary(), test());
    // A list that cannot be written shows as missing tests in the summary.
    if let Ok(mut file) = OpenOptions::new().append(true).create(true).open(path) {
        drop(file.write_all(line.as_bytes()));
    }
}

fn binary() -> String {
    env::var("NEXTEST_BINARY_ID").unwrap_or_else(|_| {
        let program = env::current_exe().unwrap_or_default();
        program.file_name().unwrap_or_default().to_string_lossy().into_owned()
    })
}

fn test() -> String {
    env::var("NEXTEST_TEST_NAME")
        .unwrap_or_else(|_| thread::current().name().unwrap_or("unnamed").to_owned())
}
