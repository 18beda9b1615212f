use super::Histogram;
use super::buckets::{self, COLUMNS, ROWS};
use crate::sync::Ordering;

impl Histogram {
    /// How many values were at most as large as each of the ascending `bounds`, in microseconds;
    /// a value within a step of 1 % counts as the lower end of the step.
    ///
    /// All counts are of one pass, so none is larger than the next.
    pub fn at_most(&self, bounds: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len()];
        self.each_step(|value, count| {
            let first = bounds.partition_point(|&bound| bound < value);
            if let Some(place) = counts.get_mut(first) {
                *place += count;
            }
        });
        let mut below = 0;
        for count in &mut counts {
            below += *count;
            *count = below;
        }
        counts
    }

    /// The sum of all values in microseconds, to 1 %.
    pub fn sum(&self) -> u64 {
        let mut sum = 0_u64;
        self.each_step(|value, count| sum = sum.saturating_add(value.saturating_mul(count)));
        sum
    }

    fn each_step(&self, mut each: impl FnMut(u64, u64)) {
        let wraps = self.wraps.lock();
        for row in 0..ROWS {
            let mut cells = [0_u64; COLUMNS];
            let mut is_empty = true;
            for stripe in self.stripes.iter().filter_map(|stripe| stripe[row].get()) {
                is_empty = false;
                for (sum, cell) in cells.iter_mut().zip(stripe.iter()) {
                    *sum += u64::from(cell.load(Ordering::Relaxed));
                }
            }
            if is_empty {
                continue;
            }
            for (column, &count) in cells.iter().enumerate() {
                let wrapped = match wraps.is_empty() {
                    true => 0,
                    false => wraps.get(&(row, column)).map_or(0, |wraps| wraps << u32::BITS),
                };
                if count + wrapped > 0 {
                    each(buckets::lowest(row, column), count + wrapped);
                }
            }
        }
    }
}
