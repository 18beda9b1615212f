//! Risk: two threads meet between two statements of the fence or of single flight, and a value that was
//! invalidated is served again.
//!
//! The files of `src/fence` and `src/flight` are compiled here once more, with the scheduler of shuttle
//! behind the door of their locks and atomics ([`sync`]), and each case is run under thousands of
//! schedules. A schedule that fails is printed, and `shuttle::replay` runs it again. Shuttle knows no
//! weak memory: it sees every atomic as sequentially consistent.
#![expect(dead_code, unreachable_pub, reason = "not all of the two modules is called here")]

// Within this program `perf_core::sync` is the module below.
extern crate perf_core as real;
extern crate self as perf_core;

mod caches;
mod fence;
mod flight;
mod ledger;
mod single_flight;
mod sync;

/// What the fence takes from the rest of the crate.
mod bytes {
    pub(crate) mod fingerprint {
        pub(crate) fn of(bytes: &[u8]) -> u64 {
            bytes.iter().fold(7, |hash, byte| hash.wrapping_mul(31) + u64::from(*byte))
        }
    }
}

mod store {
    use crate::fence::{Rule, Version};

    #[derive(Default)]
    pub(crate) struct World {
        pub(crate) all: Version,
        pub(crate) last_rule: Version,
        pub(crate) rules: Vec<Rule>,
    }
}

mod time {
    pub(crate) use real::time::*;
}

/// Runs a case under many schedules: one half at random, and one half with few switches at places that
/// are chosen with care, which finds what chance seldom does.
fn under_many_schedules(case: impl Fn() + Send + Sync + 'static) {
    let runs = if std::env::var_os("PERF_SOAK").is_some() { 20_000 } else { 500 };
    let case = sync::Arc::new(case);
    let again = case.clone();
    shuttle::check_random(move || case(), runs);
    shuttle::check_pct(move || again(), runs, 3);
}
