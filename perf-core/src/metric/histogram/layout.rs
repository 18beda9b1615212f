//! The layout of hdrhistogram for 1 to 3.6 billion at two significant digits: from a microsecond to
//! an hour, from a byte to more than 3 GiB.
//!
//! Row 0 holds 0 to 127 one by one, row 1 128 to 255; each later row spans twice the width of the
//! one before in 128 equal steps, so a step is never wider than 1/128 of its value.

use crate::time::Duration;

pub(crate) const ROWS: usize = 26;
pub(crate) const COLUMNS: usize = 128;

pub(crate) const HIGHEST: u64 = 3_600_000_000;

const COLUMN_BITS: u32 = COLUMNS.trailing_zeros();

/// Whole microseconds, rounded, within the range that a histogram can hold.
#[inline]
pub(crate) fn micros(duration: Duration) -> u64 {
    let below_a_second = u64::from((duration.subsec_nanos() + 500) / 1_000);
    let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(below_a_second);
    micros.clamp(1, HIGHEST)
}

/// The row and column that count `value`; that of [`HIGHEST`] for what is above.
#[inline]
pub(crate) fn position(value: u64) -> (usize, usize) {
    let value = value.min(HIGHEST);
    let shift = (u64::BITS - (value | 1).leading_zeros()).saturating_sub(COLUMN_BITS + 1);
    let step = (value >> shift) as usize;
    let row = shift as usize + step / COLUMNS;
    (row, step % COLUMNS)
}

/// The smallest value that [`position`] sends to this row and column.
pub(crate) fn lowest(row: usize, column: usize) -> u64 {
    match row {
        0 => column as u64,
        _ => ((COLUMNS + column) as u64) << (row - 1),
    }
}

/// The largest one, within the range.
pub(crate) fn highest(row: usize, column: usize) -> u64 {
    (lowest(row, column + 1) - 1).min(HIGHEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_value_falls_into_a_step_of_at_most_one_percent(value in 0..=HIGHEST) {
            let (row, column) = position(value);
            prop_assert!(row < ROWS && column < COLUMNS);
            let (low, high) = (lowest(row, column), highest(row, column));
            prop_assert!(low <= value && value <= high, "{low} {value} {high}");
            prop_assert!(high - low <= low / 128, "{low} {high}");
            prop_assert_eq!(position(low), (row, column));
            prop_assert_eq!(position(high), (row, column));
        }
    }

    #[test]
    fn the_ends_of_the_range_have_places() {
        assert_eq!(position(0), (0, 0));
        assert_eq!(position(1), (0, 1));
        assert_eq!(position(127), (0, 127));
        assert_eq!(position(128), (1, 0));
        assert_eq!(position(256), (2, 0));
        assert_eq!(position(HIGHEST).0, ROWS - 1);
        assert_eq!(position(u64::MAX), position(HIGHEST));
        assert_eq!(micros(Duration::ZERO), 1);
        assert_eq!(micros(Duration::MAX), HIGHEST);
    }
}
