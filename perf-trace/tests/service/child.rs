//! A test that runs part of itself in a child process with an environment of its own.

use std::env;
use std::process::{self, Command};
use std::thread;
use std::time::Duration;

/// Runs `service` in a child process whose environment is `variables` and nothing else, and
/// returns what the child wrote to stderr. To be called in the test function itself.
///
/// The child is this test binary, told to run the calling test only: it comes by here again, runs
/// `service` and exits. A panic in `service` fails the test, and so does a child that hangs.
macro_rules! in_child {
    ($variables:expr, $service:expr) => {{
        fn here() {}
        $crate::child::run(std::any::type_name_of_val(&here), $variables, $service)
    }};
}
pub(crate) use in_child;

/// The working half of [`in_child!`]; `here` is the path of an item inside the test function.
pub(crate) fn run(here: &str, variables: &[(&str, &str)], service: impl FnOnce()) -> String {
    if env::var_os(MARK).is_some() {
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            process::exit(HUNG);
        });
        service();
        process::exit(DONE);
    }

    // The harness knows the test by its path without the crate: `export::spans_arrive`.
    let (_, path) = here.split_once("::").unwrap();
    let (test, _) = path.rsplit_once("::").unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env_clear()
        .env(MARK, "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(DONE) => stderr,
        Some(HUNG) => panic!("the child of {test} hung:\n{stderr}"),
        _ => panic!("the child of {test} failed with {}:\n{stderr}", output.status),
    }
}

const MARK: &str = "PERF_TRACE_TEST_CHILD";
const PATIENCE: Duration = Duration::from_secs(30);
// Codes that the harness itself never exits with: a child that ran no test must not pass.
const DONE: i32 = 42;
const HUNG: i32 = 43;
