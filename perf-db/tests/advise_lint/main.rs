//! What the texts of statements say with the schema of a real server.

mod conversions;
mod input;
mod rules;
mod shop;
