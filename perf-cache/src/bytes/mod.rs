//! What goes to the store: a value in its [`Envelope`].
//!
//! Whatever comes back from there is an input like any other: other versions of the service and other
//! programs write to the same Redis. [`Envelope::open`] gives a value that [`Envelope::seal`] of this
//! format and type has written, or a reason why not. It never panics, never takes more memory than its
//! caller allows, and never goes deeper than the stack can bear.

mod bounded;
mod codec;
mod compression;
mod envelope;
pub(crate) mod fingerprint;
#[cfg(any(test, fuzzing))]
mod forged;
mod form;
mod head;
mod refusal;
mod schema;
#[cfg(test)]
mod tests;

pub use self::codec::Codec;
pub use self::compression::Compression;
pub(crate) use self::envelope::{Envelope, Opened};
#[cfg(any(test, fuzzing))]
pub(crate) use self::forged::fuzz;
pub(crate) use self::form::Form;
pub(crate) use self::head::IDENTITY_LENGTH;
pub(crate) use self::refusal::{Unreadable, Unsealed};
pub(crate) use self::schema::schema;
