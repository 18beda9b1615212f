//! SQL fingerprints: one text for all statements that differ only in their values.
//!
//! ```
//! use perf_core::sql::{Fingerprint, StatementKind};
//!
//! let one = Fingerprint::of("SELECT name FROM users WHERE id = 42 -- the owner");
//! let two = Fingerprint::of("select name\n  from Users where id = $1");
//! assert_eq!(one, two);
//! assert_eq!(one.text(), "select name from users where id = ?");
//! assert_eq!(one.kind(), StatementKind::Read);
//! ```
//!
//! A fingerprint holds no literal: strings, numbers and parameters become `?`, and of the equal items
//! and rows of a list one is left; the arguments of a function are no list, but in MySQL. Comments go,
//! quoted identifiers stay as written, `!=` becomes `<>`, everything else is folded to lower case. It is lexical: two spellings of one query that differ in more than that have two
//! fingerprints, and text that is not SQL still has one.

mod fingerprint;
mod intern;
mod lexer;
mod normalize;

pub(crate) use fingerprint::fnv1a;
pub use fingerprint::{Fingerprint, StatementKind};
pub use lexer::{Dialect, Lexer, Token, TokenKind};
pub(crate) use normalize::PLACEHOLDER;
