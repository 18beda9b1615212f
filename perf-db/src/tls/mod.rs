//! Whether connections are encrypted, and whom they trust.
//!
//! With the feature `tls`, by rustls. A certificate is always looked at whole: its authority, its
//! times and its name, as libpq does for `sslmode=verify-full`.

mod ask;
mod cancel_request;
mod encryption;
#[cfg(not(feature = "tls"))]
mod refusal;
#[cfg(feature = "tls")]
mod trust;

pub(crate) use self::ask::Ask;
pub(crate) use self::cancel_request::CancelTarget;
pub(crate) use self::encryption::{Carrier, Encryption};
