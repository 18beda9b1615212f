//! perf-tower
