//! Whatever comes by the channel.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_cache::fuzzing::notice(bytes));
