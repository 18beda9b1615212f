//! The dashboard over real sockets: who gets in, what each page says, and how it behaves in a browser.

mod access;
mod bounds;
mod browser;
mod pages;
mod rows;
mod service;
mod two_keys;
