//! perf-cache
