//! perf-db
