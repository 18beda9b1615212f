//! A client that stays connected.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) struct Psql {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Psql {
    pub(crate) fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(testbed::locate::postgres()?.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let answers = BufReader::new(child.stdout.take().ok_or("a pipe")?);
        Ok(Self { child, answers })
    }

    /// The first line of the answer; empty when there is none.
    pub(crate) fn ask(&mut self, sql: &str) -> Result<String, Box<dyn Error>> {
        let orders = self.child.stdin.as_mut().ok_or("a pipe")?;
        writeln!(orders, "{sql}\n\\echo")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let first = line.trim_end().to_owned();
        while !line.trim_end().is_empty() {
            line.clear();
            self.answers.read_line(&mut line)?;
        }
        Ok(first)
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
