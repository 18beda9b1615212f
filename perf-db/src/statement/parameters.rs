use std::fmt::{self, Write};
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::{FixedState, FoldHasher};

use super::Parameters;

/// Enough to tell two parameters apart, little enough for a large one to cost nothing.
const BYTES_PER_PARAMETER: usize = 4_096;

/// A number for the parameters: equal sets, equal numbers.
///
/// Made from their `Debug` texts, which are not kept. Parameters that agree in the first 4 KiB of
/// the text count as equal.
///
/// # Cost
/// No allocation; about 30 ns for a number.
pub(super) fn hash(parameters: &Parameters<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for parameter in parameters {
        let mut text = HashedText { hasher: &mut hasher, left: BYTES_PER_PARAMETER };
        // The only error is our own, at the bound.
        _ = write!(text, "{parameter:?}");
        // Else ("ab", "c") would equal ("a", "bc") for types whose text has no quotes.
        hasher.write_u8(0);
    }
    hasher.finish()
}

struct HashedText<'a, 's> {
    hasher: &'a mut FoldHasher<'s>,
    left: usize,
}

impl fmt::Write for HashedText<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let taken = text.len().min(self.left);
        self.hasher.write(&text.as_bytes()[..taken]);
        self.left -= taken;
        if self.left == 0 { Err(fmt::Error) } else { Ok(()) }
    }
}
