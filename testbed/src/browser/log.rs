//! What a page did that nobody sees: complaints on the console, and requests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Browser;
use crate::Error;

impl Browser {
    /// The errors on the console since the last call: thrown and not caught, broken rules of the
    /// content security policy, requests that failed (a 404 too).
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn console_errors(&self) -> Result<Vec<String>, Error> {
        let entries = self.entries("browser")?;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect())
    }

    /// The addresses of all requests since the last call, in their order: pages, scripts, pictures,
    /// `fetch`, event streams, web sockets, also those that got no answer.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn requested_urls(&self) -> Result<Vec<String>, Error> {
        Ok(self.entries("performance")?.iter().filter_map(url).collect())
    }

    /// The hosts of [`Browser::requested_urls`], with their ports where they are not the usual
    /// ones: `127.0.0.1:3000`. Takes the same list, so that it is empty afterwards.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn requested_hosts(&self) -> Result<BTreeSet<String>, Error> {
        Ok(self.requested_urls()?.iter().filter_map(|url| host(url)).collect())
    }

    /// Takes what a log of the driver holds.
    fn entries(&self, log: &str) -> Result<Vec<Value>, Error> {
        let order = || format!("show its log `{log}`");
        let entries = self.driver.post("/se/log", &json!({ "type": log }), order)?;
        Ok(entries.as_array().cloned().unwrap_or_default())
    }
}

/// The address in an event of DevTools that tells of a request.
fn url(entry: &Value) -> Option<String> {
    let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    let event = &event["message"];
    let url = match event["method"].as_str()? {
        "Network.requestWillBeSent" => &event["params"]["request"]["url"],
        "Network.webSocketCreated" => &event["params"]["url"],
        _ => return None,
    };
    url.as_str().map(str::to_owned)
}

/// Nothing for `data:` and other addresses that lead to no host.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    ["http", "https", "ws", "wss"].contains(&scheme).then_some(())?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_is_connected_to() {
        assert_eq!(host("http://127.0.0.1:80/a@b").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(host("https://user@example.org?x").as_deref(), Some("example.org"));
        assert_eq!(host("wss://example.org#x").as_deref(), Some("example.org"));
        assert_eq!(host("data:text/plain,http://example.org"), None);
        assert_eq!(host("blob:http://example.org/1"), None);
    }
}
