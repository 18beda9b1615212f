//! The way out for a connection that still runs a statement which nobody waits for.

use deadpool::managed;
use perf_core::time::Duration;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Object;

/// A server that answers at all answers a cancel request within milliseconds.
const PATIENCE: Duration = Duration::from_millis(500);

const ATTEMPTS: usize = 5;

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
        let client = connection.client();
        let token = client.cancel_token();
        for _ in 0..ATTEMPTS {
            // A request may overtake the statement it is meant for and then stops nothing, so
            // another follows until the connection answers.
            _ = timeout(PATIENCE, connection.cancel(&token)).await;
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
