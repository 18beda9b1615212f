use std::hash::{BuildHasher, Hasher};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use foldhash::fast::{FixedState, FoldHasher};

use crate::value::CacheValue;

/// How two values of one type compare by what serde shows of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    Same,
    /// The same parts in another order: perhaps another list, and perhaps the same hash map, whose
    /// order is another with each copy.
    Reordered,
    Different,
}

/// `None` for values that cannot be serialized. Never unwinds.
///
/// # Cost
/// Encodes both without keeping the bytes: no allocation.
pub(crate) fn likeness<V: CacheValue>(one: &V, other: &V) -> Option<Likeness> {
    let (one, other) = (Digest::of(one)?, Digest::of(other)?);
    Some(match () {
        () if one.ordered.finish() == other.ordered.finish() => Likeness::Same,
        () if one.unordered == other.unordered => Likeness::Reordered,
        () => Likeness::Different,
    })
}

/// Hashes the pieces in which an encoder writes: as a sequence, and as a multiset.
struct Digest {
    ordered: FoldHasher<'static>,
    unordered: u64,
}

impl Digest {
    fn of<V: CacheValue>(value: &V) -> Option<Self> {
        let mut digest = Self { ordered: FixedState::default().build_hasher(), unordered: 0 };
        let write = || rmp_serde::encode::write(&mut digest, value).is_ok();
        let is_written = catch_unwind(AssertUnwindSafe(write)).unwrap_or(false);
        is_written.then_some(digest)
    }
}

impl io::Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ordered.write(bytes);
        let mut alone = FixedState::default().build_hasher();
        alone.write(bytes);
        self.unordered = self.unordered.wrapping_add(alone.finish());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
