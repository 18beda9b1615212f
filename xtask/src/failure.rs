use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a command ends with exit code 1: one sentence that names the remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    source: Option<Box<dyn Error>>,
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), source: None }
    }

    pub(crate) fn because(sentence: impl Into<String>, source: impl Error + 'static) -> Self {
        Self { sentence: sentence.into(), source: Some(Box::new(source)) }
    }
}

/// The sentence with its causes, on one line.
impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        let mut cause = self.source.as_deref();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl From<testbed::Error> for Failure {
    fn from(error: testbed::Error) -> Self {
        Self::because("a private server did not start", error)
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::new(format!("{error}; `cargo xtask --help` shows what there is"))
    }
}
