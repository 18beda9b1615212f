//! What a cluster says of its nodes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_cache::fuzzing::topology(bytes));
