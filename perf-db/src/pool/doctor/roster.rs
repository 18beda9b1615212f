use std::cmp::Reverse;

use perf_core::sync::{Arc, Mutex};
use perf_core::{Name, time};
use tokio::sync::Notify;

use super::occupant::Occupant;
use super::seat::{Seat, holder};
use super::{Holder, Holders};

/// The seats of all connections that are open.
#[derive(Debug)]
pub(crate) struct Roster {
    pub(super) pool: Name,
    seats: Mutex<Vec<Arc<Mutex<Option<Occupant>>>>>,
    /// A connection has closed.
    closed: Notify,
}

impl Roster {
    pub(crate) fn new(pool: Name) -> Self {
        Self { pool, seats: Mutex::default(), closed: Notify::new() }
    }

    /// For a connection that has just opened.
    pub(crate) fn seat(self: &Arc<Self>) -> Seat {
        let occupant = Arc::default();
        self.seats.lock().push(Arc::clone(&occupant));
        Seat::new(occupant, Arc::clone(self))
    }

    /// Everybody who holds a connection, longest first.
    pub(crate) fn holders(&self) -> Vec<Holder> {
        let now = time::now();
        let seats = self.seats.lock();
        let mut holders: Vec<Holder> = seats.iter().filter_map(|seat| holder(seat, now)).collect();
        drop(seats);
        holders.sort_by_key(|holder| Reverse(holder.held));
        holders
    }

    pub(crate) fn holders_for_error(&self) -> Holders {
        Holders(self.holders())
    }

    /// Waits until nobody holds a connection. Of use once connections close when they come back.
    pub(crate) async fn vacant(&self) {
        loop {
            let closed = self.closed.notified();
            if self.holders().is_empty() {
                return;
            }
            closed.await;
        }
    }

    pub(super) fn remove(&self, occupant: &Arc<Mutex<Option<Occupant>>>) {
        self.seats.lock().retain(|seat| !Arc::ptr_eq(seat, occupant));
        self.closed.notify_waiters();
    }
}
