//! The tables and indexes of a real server: what is read of them, and what is found.

mod catalog;
