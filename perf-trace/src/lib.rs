//! perf-trace
