//! Who holds which connection, since when, and what it does meanwhile.
//!
//! Each connection has a [`Seat`] with a lock of its own, which its user takes and, seldom, somebody
//! who asks. The list of all seats is locked when a connection opens or closes, never for a
//! statement.

mod holder;
mod occupant;
mod roster;
mod seat;

pub(crate) use self::holder::Holders;
pub use self::holder::{Holder, HolderState};
use self::occupant::Hold;
pub(super) use self::roster::Roster;
pub(super) use self::seat::Seat;
