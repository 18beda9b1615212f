//! How the server knows a statement: by a name on one connection, or by nothing but its text.
//!
//! A pooler in transaction mode gives each transaction another connection to the server. A name
//! that was given on one of them is unknown on the next, or is that of a statement of somebody
//! else. There statements go without a name: text, parameter types, parameters and all in one
//! message. The types are learned once for each text.

mod heal;
mod learn;
mod probe;
mod protocol;
mod statements;
#[cfg(feature = "advise")]
mod texts;

pub(super) use self::heal::is_worth_repeating;
pub(crate) use self::probe::probe;
pub(crate) use self::protocol::Protocol;
pub(crate) use self::statements::{Ready, Statements};
#[cfg(feature = "advise")]
pub(crate) use self::texts::{KeptText, MAX_TEXT_BYTES};

/// Whether statements are prepared under names; set by
/// [`DbBuilder::prepared`](crate::DbBuilder::prepared).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prepared {
    /// Under names, until something shows that a pooler in transaction mode stands before the
    /// server: two connections that turn out to be one when the [`Db`](crate::Db) is built, or
    /// later a name that is lost or taken. From then on without, and a warning says so.
    ///
    /// A pooler that shows in no such way can answer with the statement of another process. Where
    /// you know of one, say [`Unnamed`](Self::Unnamed).
    #[default]
    Detected,
    /// Under names, whatever happens: for a server without pooler, and for a pooler that follows
    /// names, as pgbouncer from 1.21 on with `max_prepared_statements` above zero. The server plans
    /// each statement once for a connection.
    Named,
    /// Without names: for a pooler in transaction mode. The server plans each statement each time.
    ///
    /// A type that was created while a connection was open can cost that connection, and its
    /// statement an error.
    Unnamed,
}
