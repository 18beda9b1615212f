//! A session of W3C WebDriver: orders are JSON over HTTP.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::Error;

/// Longer than the longest timeout of the session itself, which gives the better message.
const TIMEOUT: Duration = Duration::from_secs(90);
/// A session that is in order ends at once; another one is ended with its process.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// Room for a picture of a long page.
const REPLY_BYTES: u64 = 64 << 20;

/// A session. Dropping it ends it, and with it the browser.
#[derive(Debug)]
pub(crate) struct WebDriver {
    agent: Agent,
    address: String,
}

impl WebDriver {
    /// Asks the driver on this port for a session, and returns what it granted as well.
    pub(crate) fn start(port: u16, wanted: &Value) -> Result<(Self, Value), Error> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        let sessions = format!("http://127.0.0.1:{port}/session");
        let mut driver = Self { agent: config.into(), address: sessions };
        let wanted = json!({ "capabilities": { "alwaysMatch": wanted } });
        let mut reply = driver.post("", &wanted, || "start".to_owned())?;
        let id = reply["sessionId"].as_str().unwrap_or_default();
        driver.address = format!("{}/{id}", driver.address);
        Ok((driver, reply["capabilities"].take()))
    }

    /// Sends an order and returns the value of its reply.
    pub(crate) fn post(
        &self,
        path: &str,
        body: &Value,
        order: impl Fn() -> String,
    ) -> Result<Value, Error> {
        let request = Request::post(format!("{}{path}", self.address))
            .header("content-type", "application/json")
            .body(body.to_string());
        let outcome = request.map_err(ureq::Error::from).and_then(|it| self.agent.run(it));
        value(outcome).map_err(|message| Error::Browser { order: order(), message })
    }

    /// Sends a command of Chromium's DevTools.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, Error> {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &body, || format!("carry out {command}"))
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        let end = self.agent.delete(&self.address).config().timeout_global(Some(END_TIMEOUT));
        // A browser that does not end in order is killed after this.
        drop(end.build().call());
    }
}

/// The value in a reply, or the sentence in it that says why there is none.
fn value(outcome: Result<Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
    let mut response = outcome.map_err(|error| error.to_string())?;
    let succeeded = response.status().is_success();
    let text = response.body_mut().with_config().limit(REPLY_BYTES).read_to_string();
    let text = text.map_err(|error| error.to_string())?;
    let mut reply: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if succeeded {
        return Ok(reply["value"].take());
    }
    let said = reply["value"]["message"].as_str().unwrap_or(&text);
    Err(said.lines().next().unwrap_or_default().to_owned())
}
