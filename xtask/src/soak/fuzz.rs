//! The fuzz targets in `fuzz/`, driven by libFuzzer, on stable Rust and without `cargo fuzz`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::step;

/// Those of `fuzz/Cargo.toml`.
pub(super) const TARGETS: [&str; 9] =
    ["envelope", "lint", "notice", "pattern", "plan", "setting", "template", "topology", "url"];

/// What libFuzzer is told of: each edge, and both sides of each comparison.
const INSTRUMENTED: &str = "--cfg fuzzing -Cpasses=sancov-module \
     -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares";

/// An input that needs more than this is a failure.
const LIMITS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=4096"];

/// Builds them with a target named, so that build scripts and macros are not instrumented.
pub(super) fn build(workspace: &Path, target: &Path) -> Result<(), Failure> {
    let manifest = workspace.join("fuzz/Cargo.toml");
    let mut build = step::cargo(&["build", "--locked", "--target", &host()?]);
    build.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(target.join("fuzz"));
    build.env("RUSTFLAGS", INSTRUMENTED);
    step::titled("cargo build (the fuzz targets)", &mut build).map(drop)
}

/// Each target for so long. What reached new code is kept in cargo's target folder for the next time; an
/// input that fails is left there too, and its path stands in libFuzzer's words.
pub(super) fn run(target: &Path, seconds: u64) -> Result<(), Failure> {
    let folder = target.join("fuzz");
    for name in TARGETS {
        let corpus = folder.join("corpus").join(name);
        fs::create_dir_all(&corpus)
            .map_err(|error| Failure::because(format!("no {}", corpus.display()), error))?;
        let mut fuzzer = Command::new(folder.join(host()?).join("debug").join(name));
        fuzzer.args(LIMITS).arg(format!("-max_total_time={seconds}"));
        fuzzer.arg("-print_final_stats=1").arg("-verbosity=0");
        fuzzer.arg(format!("-artifact_prefix={}/{name}-", folder.display())).arg(corpus);
        step::titled(&format!("fuzz {name} for {seconds} s"), &mut fuzzer)?;
    }
    Ok(())
}

/// The target that cargo builds for by itself, as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String, Failure> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|error| Failure::because("`rustc -vV` could not be run", error))?;
    let words = String::from_utf8_lossy(&output.stdout);
    let host = words.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::new("`rustc -vV` names no host"))
}
