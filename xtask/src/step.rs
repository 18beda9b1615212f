//! One command of a larger whole: a header, the command's own output, how long it took.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// `cargo`, the same one that runs this program.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a command under its own words as a header.
pub(crate) fn run(command: &mut Command) -> Result<Duration, Failure> {
    titled(&words(command), command)
}

/// Runs a command under a header, with its output as it comes.
pub(crate) fn titled(title: &str, command: &mut Command) -> Result<Duration, Failure> {
    header(title);
    let started = Instant::now();
    let status = command.status().map_err(|error| not_run(title, error))?;
    finish(title, started, status.success())
}

/// Like [`run`], and hands each line of the output to `look` as well, free of colours.
pub(crate) fn watched(
    command: &mut Command,
    look: impl FnMut(&str) + Send,
) -> Result<Duration, Failure> {
    let title = words(command);
    header(&title);
    let started = Instant::now();
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_run(&title, error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let look = std::sync::Mutex::new(look);
    let see = |line: &str| {
        let mut look = look.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        look(&without_colours(line));
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            each_line(stdout, |line| {
                println!("{line}");
                see(line);
            })
        });
        each_line(stderr, |line| {
            eprintln!("{line}");
            see(line);
        });
    });
    let status = child.wait().map_err(|error| not_run(&title, error))?;
    finish(&title, started, status.success())
}

/// The command as the user would write it.
pub(crate) fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default();
    command.get_args().fold(program.to_owned(), |mut words, argument| {
        words.push(' ');
        words.push_str(&argument.to_string_lossy());
        words
    })
}

fn header(title: &str) {
    eprintln!("==> {title}");
}

fn finish(title: &str, started: Instant, success: bool) -> Result<Duration, Failure> {
    let took = started.elapsed();
    eprintln!("    {} in {:.1} s", if success { "done" } else { "failed" }, took.as_secs_f64());
    if success {
        Ok(took)
    } else {
        Err(Failure::new(format!("`{title}` failed: its output stands above")))
    }
}

fn not_run(title: &str, error: std::io::Error) -> Failure {
    Failure::because(format!("`{title}` could not be run"), error)
}

fn each_line(pipe: Option<impl Read>, mut act: impl FnMut(&str)) {
    let Some(pipe) = pipe else { return };
    for line in BufReader::new(pipe).split(b'\n') {
        let Ok(line) = line else { return };
        act(&String::from_utf8_lossy(&line));
    }
}

/// Drops the escape sequences that set colours: `ESC [ … m`.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_dropped_and_the_words_are_kept() {
        assert_eq!(without_colours("\u{1b}[32;1m 3 tests\u{1b}[0m run"), " 3 tests run");
        assert_eq!(without_colours("plain"), "plain");
    }
}
