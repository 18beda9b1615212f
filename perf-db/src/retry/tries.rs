use perf_core::time::{self, Duration, Instant};

use super::Retry;

/// The tries that are left.
pub(super) struct Tries {
    policy: Retry,
    begun: Instant,
    done: u32,
}

impl Tries {
    pub(super) fn new(policy: Retry) -> Self {
        Self { policy, begun: time::now(), done: 0 }
    }

    /// How long to wait before the next try; `None` when there is none left.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        self.done = self.done.saturating_add(1);
        if self.done >= self.policy.tries {
            return None;
        }
        let pause = self.bound().mul_f64(share());
        let over = (time::now() - self.begun).saturating_add(pause);
        (over <= self.policy.within).then_some(pause)
    }

    fn bound(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.done - 1);
        self.policy.first_pause.saturating_mul(doubled).min(self.policy.longest_pause)
    }
}

/// A random number from 0 to 1.
fn share() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(policy: Retry) -> Vec<Duration> {
        let mut tries = Tries::new(policy);
        std::iter::from_fn(|| tries.pause()).collect()
    }

    #[test]
    fn there_are_as_many_tries_as_asked_for() {
        assert_eq!(pauses(Retry::new().tries(4)).len(), 3);
        assert_eq!(pauses(Retry::new().tries(1)).len(), 0);
        assert_eq!(pauses(Retry::new().tries(0)).len(), 0);
    }

    #[test]
    fn pauses_are_random_below_a_bound_that_doubles_up_to_the_longest() {
        let second = Duration::from_secs(1);
        let policy = Retry::new().first_pause(second).longest_pause(4 * second).tries(60);
        let policy = policy.within(Duration::MAX);
        let of_many: Vec<_> = (0..50).map(|_| pauses(policy)).collect();
        for (place, bound) in [1, 2, 4, 4, 4].into_iter().enumerate() {
            let pauses = of_many.iter().map(|pauses| pauses[place]);
            assert!(pauses.clone().all(|pause| pause <= bound * second));
            let longest = pauses.clone().max().unwrap();
            assert!(longest > bound * second / 2, "of fifty one should be in the upper half");
            assert!(pauses.min().unwrap() < bound * second / 2);
        }
        assert_eq!(of_many[0].len(), 59);
    }

    #[test]
    fn none_is_begun_after_the_time_is_over() {
        assert_eq!(pauses(Retry::new().within(Duration::ZERO).tries(9)).len(), 0);
        let hour = Duration::from_secs(3_600);
        let policy = Retry::new().first_pause(hour).longest_pause(hour).tries(1_000);
        assert!(pauses(policy.within(hour / 1_000)).len() < 999);
    }
}
