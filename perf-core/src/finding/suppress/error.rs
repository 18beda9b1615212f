use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

/// Why a `perf.toml` cannot be used: one sentence, with file and line where there are any.
#[derive(Debug)]
pub struct SuppressError {
    file: Option<PathBuf>,
    line: Option<usize>,
    what: String,
    cause: Option<io::Error>,
}

impl SuppressError {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self { file: None, line: Some(line), what: what.into(), cause: None }
    }

    pub(super) fn unreadable(cause: io::Error) -> Self {
        let what = "the file cannot be read".to_owned();
        Self { file: None, line: None, what, cause: Some(cause) }
    }

    pub(super) fn too_large() -> Self {
        let what = "the file is larger than 1 MiB, which no list of findings is".to_owned();
        Self { file: None, line: None, what, cause: None }
    }

    pub(super) fn of_file(self, file: PathBuf) -> Self {
        Self { file: Some(file), ..self }
    }

    /// The line that is wrong, from 1.
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for SuppressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{} line {line}: ", file.display())?,
            (Some(file), None) => write!(f, "{}: ", file.display())?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.what)
    }
}

impl Error for SuppressError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
