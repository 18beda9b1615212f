//! Waiting for several servers to agree.

use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// Far more than an election takes: a busy machine must not fail a test.
const LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(25);

/// Waits until `look` finds what it looks for. Until then it says what is missing.
pub(crate) fn until<T>(
    servers: &'static str,
    mut look: impl FnMut() -> Result<T, String>,
) -> Result<T, Error> {
    let started = Instant::now();
    loop {
        match look() {
            Ok(found) => return Ok(found),
            Err(what) if started.elapsed() > LIMIT => {
                return Err(Error::Unsettled { servers, what, seconds: LIMIT.as_secs() });
            }
            Err(_) => thread::sleep(POLL),
        }
    }
}
