//! Risk: a demo that ends early leaves processes or folders. A shell script takes the shop's place
//! here, since the shop itself does not fail on demand.

use std::error::Error;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

type TestResult = Result<(), Box<dyn Error>>;

/// A demo whose cargo does nothing and whose shop is a script.
struct Demo {
    place: TempDir,
    temporary: TempDir,
}

impl Demo {
    fn with_shop(script: &str) -> Result<Self, Box<dyn Error>> {
        let demo = Self { place: tempfile::tempdir()?, temporary: tempfile::tempdir()? };
        // Servers of root run as another account, which must be able to enter the folder.
        fs::set_permissions(demo.temporary.path(), Permissions::from_mode(0o1777))?;
        let target = demo.place.path().display().to_string();
        program(
            &demo.place.path().join("cargo"),
            &format!("[ $1 = metadata ] && echo '{{\"target_directory\":\"{target}\"}}'; true"),
        )?;
        fs::create_dir(demo.place.path().join("release"))?;
        program(&demo.place.path().join("release/shop"), script)?;
        Ok(demo)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(["demo", "--once", "--no-redis", "--port", "0"])
            .env("CARGO", self.place.path().join("cargo"))
            .env("TMPDIR", self.temporary.path())
            .stdin(Stdio::null());
        command
    }

    fn leaves_nothing(&self) -> bool {
        fs::read_dir(self.temporary.path()).is_ok_and(|mut entries| entries.next().is_none())
    }
}

#[test]
fn a_shop_that_cannot_be_seeded_is_quoted_and_leaves_nothing() -> TestResult {
    let demo = Demo::with_shop("echo 'the database is full: free some space' >&2; exit 1")?;
    let output = demo.command().output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.ends_with(": the database is full: free some space\n"), "{said}");
    assert!(demo.leaves_nothing());
    Ok(())
}

#[test]
fn a_shop_that_cannot_serve_is_quoted_and_leaves_nothing() -> TestResult {
    let demo = Demo::with_shop("[ $1 = seed ] && exit 0; echo 'port in use' >&2; exit 1")?;
    let output = demo.command().output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.ends_with("the shop did not start: port in use\n"), "{said}");
    assert!(demo.leaves_nothing());
    Ok(())
}

#[test]
fn a_killed_demo_takes_its_shop_and_servers_along() -> TestResult {
    let shop = "[ $1 = seed ] && exit 0; echo $$ >\"$0.pid\"; \
                echo \"$PERF_TOKEN $*\" >\"$0.said\"; echo listening on http://127.0.0.1:9; exec sleep 600";
    let demo = Demo::with_shop(shop)?;
    let mut command = demo.command();
    command.args(["--token", "lamp-lamp"]);
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut output = BufReader::new(running.stdout.take().ok_or("a pipe")?);
    let mut lines = String::new();
    output.read_line(&mut lines)?;
    output.read_line(&mut lines)?;
    assert_eq!(
        lines,
        "listening on http://127.0.0.1:9\n\
         dashboard http://127.0.0.1:9/perf?token=lamp-lamp\n"
    );
    let said = fs::read_to_string(demo.place.path().join("release/shop.said"))?;
    assert_eq!(said, "lamp-lamp serve --port 0\n");
    let pid = fs::read_to_string(demo.place.path().join("release/shop.pid"))?;
    assert!(runs(pid.trim()));

    running.kill()?;
    running.wait()?;

    let killed = Instant::now();
    while runs(pid.trim()) || !demo.leaves_nothing() {
        assert!(killed.elapsed() < Duration::from_secs(20), "within 20 s nothing is left");
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn program(file: &Path, script: &str) -> std::io::Result<()> {
    fs::write(file, format!("#!/bin/sh\n{script}\n"))?;
    fs::set_permissions(file, Permissions::from_mode(0o755))
}

/// A zombie counts as gone.
fn runs(pid: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", pid]).output();
    output.is_ok_and(|output| output.stdout.first().is_some_and(|state| *state != b'Z'))
}
