//! What one stripe of a histogram holds.

use std::array;

use super::layout::{COLUMNS, ROWS};
use crate::metric::slot::Slot;
use crate::metric::stripe::Stripe;
use crate::sync::AtomicU64;
use crate::time::Duration;

/// Counts by row, each made when a value falls into it, and the sum of what was counted.
#[repr(align(64))]
pub(super) struct Cells<C> {
    pub(super) sum: Sum,
    rows: [Slot<Row<C>>; ROWS],
}

pub(super) struct Row<C>([C; COLUMNS]);

impl<C: Default> Cells<C> {
    #[inline]
    pub(super) fn cell(&self, row: usize, column: usize) -> &C {
        &self.rows[row].filled().0[column]
    }
}

impl<C> Cells<C> {
    pub(super) fn row(&self, row: usize) -> Option<&[C; COLUMNS]> {
        self.rows[row].get().map(|row| &row.0)
    }
}

impl<C> Default for Cells<C> {
    fn default() -> Self {
        Self { sum: Sum::default(), rows: [const { Slot::empty() }; ROWS] }
    }
}

impl<C: Default> Default for Row<C> {
    fn default() -> Self {
        Self(array::from_fn(|_| C::default()))
    }
}

/// The sum of plain numbers and of the whole seconds of durations, in microseconds; and of what
/// durations have below a second, in nanoseconds. Apart, it is exact and has room for streams that
/// stay open for weeks.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) values: AtomicU64,
    pub(super) nanos: AtomicU64,
}

impl Sum {
    #[inline]
    pub(super) fn add(&self, stripe: Stripe, duration: Duration) {
        stripe.add(&self.nanos, duration.subsec_nanos().into());
        if duration.as_secs() > 0 {
            stripe.add(&self.values, duration.as_secs().saturating_mul(1_000_000));
        }
    }
}
