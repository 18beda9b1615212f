//! The way out for a connection that still runs a statement which nobody waits for.

use deadpool::managed;
use perf_core::time::Duration;
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};
use tokio_postgres::{CancelToken, Error};

use super::{Connection, Object};
use crate::tls::{CancelTarget, Encryption};

/// A server that answers at all answers a cancel request within milliseconds.
const PATIENCE: Duration = Duration::from_millis(500);

const ATTEMPTS: usize = 5;

/// Asks the server to stop what one connection runs.
pub(super) struct Canceller {
    pub(super) token: CancelToken,
    pub(super) encryption: Encryption,
    pub(super) target: Option<CancelTarget>,
}

impl Canceller {
    async fn request(&self) -> Result<(), Error> {
        self.encryption.cancel(&self.token, self.target.as_ref()).await
    }
}

/// Cancels the statement on the server when its caller is gone and the holder of the connection
/// stays, as that of a transaction does.
///
/// Not while the holder awaits other statements: the request stops whichever runs when it arrives.
pub(super) fn cancel_and_keep(connection: &Connection) {
    let Ok(runtime) = Handle::try_current() else { return };
    let (is_held_idle, canceller) = (connection.seat.is_held_idle(), connection.canceller());
    runtime.spawn(async move {
        // A holder who goes with the caller has gone by then, and has the connection closed.
        yield_now().await;
        for _ in 0..ATTEMPTS {
            if !is_held_idle() {
                return;
            }
            // As below a request may come too soon, and here nobody else hears the answer.
            _ = timeout(PATIENCE, canceller.request()).await;
            sleep(PATIENCE).await;
        }
    });
}

/// Cancels the statement on the server, then closes the connection.
///
/// Outside a runtime it is only closed, and the server notices when the statement ends.
pub(super) fn cancel_and_close(object: Object) {
    let doomed = Doomed(Some(object));
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(doomed.cancel());
    }
}

/// A connection that never goes back to the pool, also when its runtime ends first.
struct Doomed(Option<Object>);

impl Doomed {
    async fn cancel(self) {
        let Some(connection) = &self.0 else {
            return;
        };
        let (client, canceller) = (connection.client(), connection.canceller());
        for _ in 0..ATTEMPTS {
            // A request may overtake the statement it is meant for and then stops nothing, so
            // another follows until the connection answers.
            _ = timeout(PATIENCE, canceller.request()).await;
            if timeout(PATIENCE, client.check_connection()).await.is_ok() {
                return;
            }
        }
        tracing::warn!("a cancelled statement still runs on the server; its connection is closed");
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(managed::Object::take(object));
        }
    }
}
