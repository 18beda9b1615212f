//! Random histories of three nodes that share a store, and whether they kept the promises G1 to G4.
//!
//! A seed that fails prints itself and the end of its history; `PERF_CACHE_SEED=n` runs that one alone,
//! the same in every run. `PERF_SOAK_SEEDS` asks each test for so many seeds, other ones each time.

mod client;
mod database;
mod history;
mod judge;
mod play;
mod proof;
mod seeds;
mod setting;

use self::setting::Setting;

#[test]
fn promises_are_kept_when_nothing_goes_wrong() {
    seeds::check(200, &Setting::calm());
}

#[test]
fn promises_are_kept_when_notices_are_lost_late_repeated_and_out_of_order() {
    seeds::check(250, &Setting::lossy());
}

#[test]
fn promises_are_kept_through_outages() {
    seeds::check(250, &Setting::outages());
}

#[test]
fn promises_are_kept_whatever_goes_wrong() {
    seeds::check(300, &Setting::everything());
}
