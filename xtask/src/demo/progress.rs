use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two lines of a plain log.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// A line that is rewritten in place on a terminal, and a line every few seconds elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    terminal: bool,
    last: Option<Instant>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), last: None }
    }

    pub(crate) fn show(&mut self, text: &str) {
        if self.terminal {
            eprint!("\r\x1b[2K{text}");
            // A terminal that is gone sees no progress.
            drop(std::io::stderr().flush());
        } else if self.last.is_none_or(|last| last.elapsed() >= LOG_EVERY) {
            self.last = Some(Instant::now());
            eprintln!("{text}");
        }
    }
}

/// Leaves an empty line to write on.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal {
            eprint!("\r\x1b[2K");
        }
    }
}
