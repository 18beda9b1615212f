//! Indexes that should be there: what is suggested on a real server, and what is not.

mod shop;
mod suggested;
