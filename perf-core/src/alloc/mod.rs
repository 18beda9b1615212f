//! How much memory is asked for, and in which scope.
//!
//! Counts are zero until the counting allocator of the feature `allocations` is the program's:
//!
//! ```standalone_crate
//! # #[cfg(feature = "allocations")] mod program {
//! use perf_core::alloc::{self, Counting};
//! use perf_core::{Label, Recorder};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting::system();
//!
//! # pub(crate) fn main() {
//! let recorder = Recorder::builder().build();
//! let (text, _) = recorder.scope(Label::job("greet")).run_sync(|| String::from("hello"));
//! assert_eq!(text, "hello");
//! assert_eq!(recorder.snapshot().routes[0].allocations.count, 1);
//! assert!(alloc::so_far().count >= 1);
//! # }
//! # }
//! # #[cfg(feature = "allocations")] program::main();
//! ```
//!
//! A scope counts what its owner's polls ask for, the SDK's own events among it; work that was taken
//! along by [`in_current_scope`](crate::FutureExt::in_current_scope) is not in it. Memory that is
//! given back is not counted.

#[cfg(feature = "allocations")]
mod counting;

use std::ops::{AddAssign, Sub};

use serde::Serialize;

#[cfg(feature = "allocations")]
pub use counting::Counting;

/// Allocations and the bytes that they asked for. One that grows counts again, with what it grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Allocations {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Allocations {
    /// Whether there were none, as without the counting allocator.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// Zero where the right side is the greater one.
impl Sub for Allocations {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            count: self.count.saturating_sub(earlier.count),
            bytes: self.bytes.saturating_sub(earlier.bytes),
        }
    }
}

impl AddAssign for Allocations {
    fn add_assign(&mut self, more: Self) {
        self.count += more.count;
        self.bytes += more.bytes;
    }
}

/// What this thread has asked for since it began; zero without the counting allocator.
///
/// # Cost
/// Reads a thread-local, and nothing at all without the feature.
#[inline]
pub fn so_far() -> Allocations {
    #[cfg(feature = "allocations")]
    return counting::so_far();
    #[cfg(not(feature = "allocations"))]
    Allocations::default()
}
