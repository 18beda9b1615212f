//! Patterns, and keys that they are compared with.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_cache::fuzzing::pattern(bytes));
