//! How values are distributed, at two significant digits.

mod cells;
mod layout;
mod read;
mod summary;

use std::fmt;

pub use read::Bucket;
pub use summary::{Latency, Sizes};

use self::cells::{Cells, Sum};
use super::slot::Slot;
use super::stripe::{self, SEATS, Stripe};
use crate::sync::{AtomicU16, AtomicU64, Mutex, Ordering};
use crate::time::Duration;

/// Durations from 1 µs to 1 h, or numbers from 0 to 3.6 billion, at two significant digits, written
/// by many threads at once.
///
/// What lies outside counts as the nearest end, and as itself in the sum. One histogram holds one
/// kind: durations, in microseconds, or plain numbers such as bytes.
///
/// Memory grows with the threads that record and with the spread of what they record: for each
/// thread 256 bytes for each doubling, a KiB or two usually and 7 KiB at most; and 1 KiB for each
/// doubling in which one thread has counted 65,536 values of one bucket. Eight threads stay below
/// 64 KiB as long as such are at most seven.
///
/// # Cost
/// A few nanoseconds without a locked instruction, and no allocation once a row exists; a locked
/// add in threads beyond two for each core; a lock every 65,536th time (bench `histogram_record`).
pub struct Histogram {
    /// Small cells, each written by the one thread that has the seat.
    seated: [Slot<Cells<AtomicU16>>; SEATS],
    /// What all other threads count, and what no longer fitted into a small cell.
    shared: Slot<Cells<AtomicU64>>,
    /// Held while a count moves from a small cell to the shared one, and while a row is read.
    moving: Mutex<()>,
}

impl Histogram {
    /// An empty histogram.
    pub const fn new() -> Self {
        Self {
            seated: [const { Slot::empty() }; SEATS],
            shared: Slot::empty(),
            moving: Mutex::new(()),
        }
    }

    /// Counts one duration.
    #[inline]
    pub fn record(&self, duration: Duration) {
        let stripe = stripe::current();
        self.count_one(stripe, layout::micros(duration)).add(stripe, duration);
    }

    /// Counts one number, for example the bytes of a body.
    #[inline]
    pub fn record_value(&self, value: u64) {
        let stripe = stripe::current();
        stripe.add(&self.count_one(stripe, value).values, value);
    }

    /// Counts a value and tells where its sum belongs.
    #[inline]
    fn count_one(&self, stripe: Stripe, value: u64) -> &Sum {
        let (row, column) = layout::position(value);
        match stripe.seat() {
            Some(seat) => {
                let cells = self.seated[seat].filled();
                let cell = cells.cell(row, column);
                match cell.load(Ordering::Relaxed).checked_add(1) {
                    Some(count) => cell.store(count, Ordering::Relaxed),
                    None => self.move_out(cell, row, column),
                }
                &cells.sum
            }
            None => {
                let cells = self.shared.filled();
                cells.cell(row, column).fetch_add(1, Ordering::Relaxed);
                &cells.sum
            }
        }
    }

    /// Counts a value for which a small cell has no room.
    #[cold]
    fn move_out(&self, full: &AtomicU16, row: usize, column: usize) {
        let shared = self.shared.filled().cell(row, column);
        let _moving = self.moving.lock();
        shared.fetch_add(u64::from(u16::MAX) + 1, Ordering::Relaxed);
        full.store(0, Ordering::Relaxed);
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Histogram").field(&self.summary()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::cells::Row;
    use super::layout::ROWS;
    use super::*;

    #[test]
    fn a_reader_never_sees_a_count_on_its_way_between_two_cells() {
        let histogram = Histogram::new();
        let is_done = AtomicBool::new(false);
        thread::scope(|threads| {
            threads.spawn(|| {
                let cell = histogram.seated[0].filled().cell(0, 50);
                while !is_done.load(Ordering::Relaxed) {
                    cell.store(u16::MAX, Ordering::Relaxed);
                    histogram.move_out(cell, 0, 50);
                }
            });
            let mut counts = vec![0; 50_000];
            counts.fill_with(|| histogram.count());
            is_done.store(true, Ordering::Relaxed);
            assert!(counts.is_sorted());
        });
    }

    #[test]
    fn what_eight_threads_record_stays_below_64_kib() {
        let thread = size_of::<Cells<AtomicU16>>() + ROWS * size_of::<Row<AtomicU16>>();
        let moved_out = 7 * size_of::<Row<AtomicU64>>();
        assert!(thread <= 7 * 1024 + 128, "{thread}");
        assert!(size_of::<Histogram>() + 8 * thread + moved_out <= 64 * 1024);
    }
}
