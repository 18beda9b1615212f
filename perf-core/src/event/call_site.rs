use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;

use serde::Serialize;

/// A place in the program's source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct CallSite {
    /// The file, as the compiler was given it: relative to the workspace for its members.
    pub file: &'static str,
    /// The line, from 1; 0 when it is not known.
    pub line: u32,
    /// The column, from 1; 0 when it is not known.
    pub column: u32,
}

impl CallSite {
    /// The call site of what has many or none.
    pub(crate) const NOWHERE: Self = Self { file: "", line: 0, column: 0 };

    /// Where the caller stands, or its caller when the caller is `#[track_caller]` itself.
    ///
    /// An `async fn` cannot pass its caller on: write a plain `#[track_caller]` function that
    /// returns a future, and take the call site before the future is made.
    #[track_caller]
    pub fn here() -> Self {
        let place = Location::caller();
        Self { file: place.file(), line: place.line(), column: place.column() }
    }

    /// A place that something else tells, such as a span of `tracing`. A line of 0 is one that is
    /// not known.
    pub const fn at(file: &'static str, line: u32) -> Self {
        Self { file, line, column: 0 }
    }
}

impl Hash for CallSite {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Quick, and enough: files whose paths have one length rarely share a line and column.
        (self.file.len(), self.line, self.column).hash(state);
    }
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NOWHERE => f.write_str("-"),
            Self { file, line: 0, .. } => f.write_str(file),
            Self { file, line, .. } => write!(f, "{file}:{line}"),
        }
    }
}

impl fmt::Debug for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
