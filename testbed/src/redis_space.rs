use crate::database::unique;
use crate::{Error, resp};

/// Deletes one page of keys and returns where the next page begins.
const DELETE_PAGE: &str = "\
local page = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 1000)
if #page[2] > 0 then redis.call('UNLINK', unpack(page[2])) end
return page[1]";

/// The part of the shared Redis that belongs to one test: all keys with its prefix.
///
/// Dropping it deletes those keys.
#[derive(Debug)]
pub struct RedisSpace {
    prefix: String,
    port: u16,
}

impl RedisSpace {
    pub(crate) fn new(port: u16) -> Self {
        Self { prefix: format!("test_{}:", unique()), port }
    }

    /// The address of the shared server: `redis://127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The prefix that each key, channel and stream of the test must begin with. Ends with `:`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Sends one command and returns its reply, which must be a status, an integer or a string.
    ///
    /// # Errors
    /// [`Error::Redis`] when the server does not answer or answers with an error.
    pub fn command(&self, parts: &[&str]) -> Result<String, Error> {
        resp::command(self.port, parts).map_err(Error::Redis)
    }
}

impl Drop for RedisSpace {
    fn drop(&mut self) {
        let pattern = format!("{}*", self.prefix);
        let mut cursor = "0".to_owned();
        // A server that does not answer has no keys worth deleting.
        while let Ok(next) = self.command(&["EVAL", DELETE_PAGE, "0", &cursor, &pattern]) {
            if next == "0" {
                break;
            }
            cursor = next;
        }
    }
}
