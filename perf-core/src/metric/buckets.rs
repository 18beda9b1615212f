//! The layout of hdrhistogram for 1 µs to 1 h at two significant digits.
//!
//! Row 0 holds 0 to 127 µs one by one, row 1 128 to 255 µs; each later row spans twice the width
//! of the one before in 128 equal steps, so a step is never wider than 1/128 of its value.

use crate::time::Duration;

pub(crate) const ROWS: usize = 26;
pub(crate) const COLUMNS: usize = 128;

pub(crate) const LOWEST_MICROS: u64 = 1;
pub(crate) const HIGHEST_MICROS: u64 = 3_600_000_000;

const COLUMN_BITS: u32 = COLUMNS.trailing_zeros();

/// Whole microseconds, rounded, within the range that a histogram can hold.
pub(crate) fn micros(duration: Duration) -> u64 {
    let below_a_second = u64::from((duration.subsec_nanos() + 500) / 1_000);
    let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(below_a_second);
    micros.clamp(LOWEST_MICROS, HIGHEST_MICROS)
}

/// The row and column that count `micros`.
pub(crate) fn position(micros: u64) -> (usize, usize) {
    let shift = (u64::BITS - (micros | 1).leading_zeros()).saturating_sub(COLUMN_BITS + 1);
    let step = (micros >> shift) as usize;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_value_falls_into_a_step_of_at_most_one_percent(value in 1..=HIGHEST_MICROS) {
            let (row, column) = position(value);
            prop_assert!(row < ROWS && column < COLUMNS);
            let low = lowest(row, column);
            prop_assert!(low <= value && value - low <= value / 128, "{low} {value}");
            prop_assert_eq!(position(low), (row, column));
        }
    }

    #[test]
    fn the_ends_of_the_range_have_places() {
        assert_eq!(position(1), (0, 1));
        assert_eq!(position(127), (0, 127));
        assert_eq!(position(128), (1, 0));
        assert_eq!(position(256), (2, 0));
        assert_eq!(position(HIGHEST_MICROS).0, ROWS - 1);
        assert_eq!(micros(Duration::ZERO), LOWEST_MICROS);
        assert_eq!(micros(Duration::MAX), HIGHEST_MICROS);
    }
}
