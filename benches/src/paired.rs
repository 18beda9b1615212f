//! Measures things side by side, so that a machine that slows down slows them all.
//!
//! A round runs every contestant once for about the same time, in an order that turns around from
//! round to round. Each round gives one ratio; the median of the ratios is the result, and the
//! interval around it holds the true median with 95 % confidence, whatever the distribution.

use std::time::Duration;

/// Something that does one thing a number of times and says how long that took.
pub(crate) type Contestant<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

#[derive(Clone, Copy)]
pub(crate) enum Effort {
    Quick,
    Full,
}

/// How often contestants take turns, and how long one is.
#[derive(Clone, Copy)]
struct Schedule {
    rounds: usize,
    turn: Duration,
}

impl Effort {
    /// Turns shorter than what the kernel gives a thread at a time: other work on the machine then spoils
    /// some rounds and not each of them.
    fn short(self) -> Schedule {
        let rounds = match self {
            Self::Quick => 301,
            Self::Full => 901,
        };
        Schedule { rounds, turn: Duration::from_millis(1) }
    }

    fn long(self) -> Schedule {
        match self {
            Self::Quick => Schedule { rounds: 15, turn: Duration::from_millis(20) },
            Self::Full => Schedule { rounds: 41, turn: Duration::from_millis(60) },
        }
    }
}

/// Nanoseconds for one repetition of each contestant, round by round.
pub(crate) struct Rounds<const N: usize> {
    nanos: Vec<[f64; N]>,
}

/// The median of the rounds and the interval around it.
#[derive(Clone, Copy)]
pub(crate) struct Median {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

pub(crate) fn measure<const N: usize>(
    effort: Effort,
    contestants: [Contestant<'_>; N],
) -> Rounds<N> {
    take_turns(effort.short(), contestants)
}

/// For things whose repetitions differ: a turn has room for many.
pub(crate) fn measure_uneven<const N: usize>(
    effort: Effort,
    contestants: [Contestant<'_>; N],
) -> Rounds<N> {
    take_turns(effort.long(), contestants)
}

fn take_turns<const N: usize>(
    schedule: Schedule,
    mut contestants: [Contestant<'_>; N],
) -> Rounds<N> {
    let Schedule { rounds, turn } = schedule;
    let repetitions: Vec<u64> =
        contestants.iter_mut().map(|contestant| calibrate(contestant, turn)).collect();
    let nanos = (0..rounds)
        .map(|round| {
            let mut nanos = [0.0; N];
            for step in 0..N {
                let next = if round % 2 == 0 { step } else { N - 1 - step };
                let elapsed = contestants[next](repetitions[next]);
                nanos[next] = elapsed.as_nanos() as f64 / repetitions[next] as f64;
            }
            nanos
        })
        .collect();
    Rounds { nanos }
}

/// How many repetitions fill one turn; running them also warms everything up.
fn calibrate(contestant: &mut Contestant<'_>, turn: Duration) -> u64 {
    let mut repetitions = 1;
    loop {
        // The better of two: other work at the wrong moment would make every turn a short one.
        let elapsed = contestant(repetitions).min(contestant(repetitions));
        if elapsed >= turn / 4 {
            let scale = turn.as_secs_f64() / elapsed.as_secs_f64();
            return ((repetitions as f64 * scale) as u64).max(1);
        }
        repetitions *= 4;
    }
}

impl<const N: usize> Rounds<N> {
    /// A single round, of one repetition each.
    pub(crate) fn of_one(took: [Duration; N]) -> Self {
        Self { nanos: vec![took.map(|took| took.as_nanos() as f64)] }
    }

    pub(crate) fn median(&self, of: impl Fn(&[f64; N]) -> f64) -> Median {
        let mut values: Vec<f64> = self.nanos.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let reach = margin(values.len());
        let last = values.len() - 1;
        Median { value: values[last / 2], low: values[reach], high: values[last - reach] }
    }
}

/// How many values may be left out on each side of a 95 % interval for the median: the largest
/// `k` for which a fair coin shows at most `k` heads in `n` throws with a chance below 2.5 %.
fn margin(n: usize) -> usize {
    let mut ways = 0.5_f64.powi(n as i32);
    let mut chance = ways;
    let mut margin = 0;
    while chance < 0.025 {
        margin += 1;
        ways *= (n - margin + 1) as f64 / margin as f64;
        chance += ways;
    }
    margin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_leaves_out_as_many_values_as_the_table_of_the_sign_test_says() {
        assert_eq!([6, 10, 15, 41].map(margin), [1, 2, 4, 14]);
        assert_eq!([301, 901].map(margin), [134, 421]);
    }

    #[test]
    fn a_contestant_that_takes_twice_as_long_has_the_ratio_two() {
        let turns = |nanos: u64| -> Contestant<'static> {
            Box::new(move |repetitions| Duration::from_nanos(nanos * repetitions))
        };
        let rounds = measure(Effort::Quick, [turns(20), turns(10)]);
        let ratio = rounds.median(|[ours, peer]| ours / peer);
        assert_eq!((ratio.value, ratio.low, ratio.high), (2.0, 2.0, 2.0));
    }
}
