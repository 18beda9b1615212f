//! What the texts of statements say with the schema of a real server.

mod conversions;
mod harmless;
mod input;
mod rewrites;
mod rules;
mod shop;
mod workload;
