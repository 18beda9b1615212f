//! Whatever Redis has under a key.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_cache::fuzzing::envelope(bytes));
