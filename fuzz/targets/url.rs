//! The URL of Redis.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_cache::fuzzing::url(bytes));
