//! Free ports for servers.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// Below the range that systems take ports for outgoing connections from (32768 on Linux, 49152
/// on macOS). So no client grabs the port of a server that is stopped to be restarted.
const RANGE: std::ops::Range<u16> = 20_000..32_000;
const ATTEMPTS: usize = 200;

/// A port of 127.0.0.1 that nobody listens on right now. Somebody may take it before the server
/// does, hence the caller tries again with another one.
pub(crate) fn free() -> Result<u16, Error> {
    for _ in 0..ATTEMPTS {
        let port = RANGE.start + (random() % u64::from(RANGE.end - RANGE.start)) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::NoPort)
}

/// A random number from the seed of std's hash maps.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
