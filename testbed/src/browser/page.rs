//! What a person does with a page: open it, read it, click, type, wait, look.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Browser;
use crate::Error;

/// How long [`Browser::until`] waits.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(25);
/// A page that is redrawn takes an element away between finding and using it.
const ATTEMPTS: usize = 5;
/// The name of an element's reference, the same in all of WebDriver.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The largest side of a picture that Chromium makes.
const PICTURE_PIXELS: f64 = 16_384.0;

impl Browser {
    /// Opens an address and waits until the page and what it needs is loaded.
    ///
    /// # Errors
    /// When nobody answers. An answer of 404 is a page like any other.
    pub fn open(&self, url: &str) -> Result<(), Error> {
        self.driver.post("/url", &json!({ "url": url }), || format!("open {url}")).map(drop)
    }

    /// The text of an element as it is shown, without what is hidden.
    ///
    /// # Errors
    /// When nothing matches.
    pub fn text(&self, css: &str) -> Result<String, Error> {
        let script = "const e = document.querySelector(arguments[0]); return e && e.innerText";
        let text = self.ask(script, css, "read")?;
        text.as_str().map(str::to_owned).ok_or_else(|| nothing("read", css))
    }

    /// Whether an element matches.
    ///
    /// # Errors
    /// When the selector is not one.
    pub fn exists(&self, css: &str) -> Result<bool, Error> {
        Ok(self.count(css)? > 0)
    }

    /// How many elements match.
    ///
    /// # Errors
    /// When the selector is not one.
    pub fn count(&self, css: &str) -> Result<u64, Error> {
        let script = "return document.querySelectorAll(arguments[0]).length";
        Ok(self.ask(script, css, "count")?.as_u64().unwrap_or_default())
    }

    /// Scrolls to an element and clicks on its middle.
    ///
    /// # Errors
    /// When nothing matches, or something else lies over the element.
    pub fn click(&self, css: &str) -> Result<(), Error> {
        self.act(css, "click", "click", &json!({}))
    }

    /// Gives an element the focus and presses keys: text, and the keys of [`key`](super::key).
    ///
    /// The selector `:focus` keeps the focus where it is; `body` takes it from nobody.
    ///
    /// # Errors
    /// When nothing matches, or the element takes no keys.
    pub fn press(&self, css: &str, keys: &str) -> Result<(), Error> {
        self.act(css, "press keys in", "value", &json!({ "text": keys }))
    }

    /// Runs the body of a function in the page. What it returns comes back as JSON; a promise is
    /// awaited, for at most 60 s.
    ///
    /// # Errors
    /// What the script threw.
    pub fn script(&self, body: &str) -> Result<Value, Error> {
        let order = || "run a script".to_owned();
        self.driver.post("/execute/sync", &json!({ "script": body, "args": [] }), order)
    }

    /// Waits, for at most 20 s, until an element matches.
    ///
    /// # Errors
    /// [`Error::InVain`] with the selector.
    pub fn until(&self, css: &str) -> Result<(), Error> {
        self.until_true(&format!("an element that matches `{css}`"), |page| page.exists(css))
    }

    /// Waits, for at most 20 s, until a condition holds. `what` says it in words.
    ///
    /// # Errors
    /// [`Error::InVain`] with the words, or what the condition failed with.
    pub fn until_true(
        &self,
        what: &str,
        mut holds: impl FnMut(&Self) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let started = Instant::now();
        while !holds(self)? {
            if started.elapsed() >= PATIENCE {
                return Err(Error::InVain { what: what.to_owned(), seconds: PATIENCE.as_secs() });
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Writes a picture of the whole page, also of what one must scroll to, as PNG.
    ///
    /// # Errors
    /// When the file cannot be written. Its folder is made where it is missing.
    pub fn screenshot(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        let file = file.as_ref();
        let size = self.driver.devtools("Page.getLayoutMetrics", &json!({}))?;
        let side = |name: &str| {
            size["cssContentSize"][name].as_f64().unwrap_or(PICTURE_PIXELS).min(PICTURE_PIXELS)
        };
        let clip = json!({
            "x": 0, "y": 0, "width": side("width"), "height": side("height"), "scale": 1,
        });
        let options = json!({ "captureBeyondViewport": true, "clip": clip });
        let picture = self.driver.devtools("Page.captureScreenshot", &options)?;
        let failed =
            |message| Error::Browser { order: format!("draw {}", file.display()), message };
        let bytes = BASE64_STANDARD
            .decode(picture["data"].as_str().unwrap_or_default())
            .map_err(|error| failed(error.to_string()))?;
        file.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(file, bytes))
            .map_err(|error| failed(error.to_string()))
    }

    /// One round trip, so that the page cannot change between finding and asking.
    fn ask(&self, script: &str, css: &str, order: &str) -> Result<Value, Error> {
        let body = json!({ "script": script, "args": [css] });
        self.driver.post("/execute/sync", &body, || format!("{order} `{css}`"))
    }

    fn act(&self, css: &str, order: &str, command: &str, body: &Value) -> Result<(), Error> {
        let order = || format!("{order} `{css}`");
        let mut outcome = Ok(());
        for _ in 0..ATTEMPTS {
            let query = json!({ "using": "css selector", "value": css });
            let found = self.driver.post("/element", &query, order)?;
            let element = found[ELEMENT].as_str().unwrap_or_default();
            let path = format!("/element/{element}/{command}");
            outcome = self.driver.post(&path, body, order).map(drop);
            if !matches!(&outcome, Err(Error::Browser { message, .. }) if message.contains("stale"))
            {
                break;
            }
        }
        outcome
    }
}

fn nothing(order: &str, css: &str) -> Error {
    let message = "no element matches".to_owned();
    Error::Browser { order: format!("{order} `{css}`"), message }
}
