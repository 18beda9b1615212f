//! Indexes that should be there: what is suggested on a real server, and what is not.

mod nothing;
mod patterns;
mod shop;
mod suggested;
mod without_hypopg;
mod workloads;
