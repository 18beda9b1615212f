//! A headless Chromium for tests of pages, driven through its own `chromedriver`.
//!
//! ```no_run
//! # fn main() -> Result<(), testbed::Error> {
//! let browser = testbed::Browser::start()?;
//! browser.open("http://127.0.0.1:3000/perf")?;
//! browser.click("a[href='/perf/findings']")?;
//! browser.until("#findings li")?;
//! assert!(browser.text("h1")?.contains("Findings"));
//! assert!(browser.console_errors()?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! - **Elements** are named by CSS selectors; the first match counts. `:focus` is what has the
//!   keyboard.
//! - **Isolation.** Each browser has an empty profile, no proxy, and reaches no host but 127.0.0.1
//!   and localhost; a page that asks for another one gets an error, and the test sees the address
//!   in [`Browser::requested_urls`].
//! - **No sandbox.** A container gives Chromium no right to make one. Open only pages of your own.
//! - **The protocol** is W3C WebDriver, which is JSON over HTTP, and a few commands of Chromium's
//!   DevTools that `chromedriver` passes on. The client is a page of code over `ureq`, since tests
//!   here are synchronous and the crates for WebDriver bring a runtime and a TLS stack.

mod axe;
mod chromedriver;
mod emulation;
pub mod key;
mod log;
mod page;
mod webdriver;

use serde_json::json;

pub use self::axe::AXE_VARIABLE;
use self::chromedriver::Chromedriver;
pub use self::emulation::ColorScheme;
use self::webdriver::WebDriver;
use crate::{Error, ledger, locate};

/// What Chromium is told. Headless, no call home, no name but this host's.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-quic",
    "--disable-breakpad",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// A headless Chromium with one window.
///
/// Dropping it ends the session, the browser and its driver, and deletes the profile; so does the
/// end of this process, whatever ends it.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    process_id: u32,
    // Ends after the session that runs in it.
    chromedriver: Chromedriver,
}

impl Browser {
    /// Runs a browser. Takes one to three seconds.
    ///
    /// # Errors
    /// When Chromium or its driver is not installed, or one of them does not start.
    pub fn start() -> Result<Self, Error> {
        ledger::record("browser");
        let chromium = locate::chromium()?;
        let chromedriver = Chromedriver::start()?;
        let profile = format!("--user-data-dir={}", chromedriver.profile().display());
        let flags: Vec<&str> = FLAGS.iter().copied().chain([profile.as_str()]).collect();
        let (driver, granted) = WebDriver::start(
            chromedriver.port(),
            &json!({
                "goog:chromeOptions": { "binary": chromium, "args": flags },
                "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
                "timeouts": { "pageLoad": 30_000, "script": 60_000 },
            }),
        )?;
        let process_id = granted["goog:processID"].as_u64().unwrap_or_default() as u32;
        Ok(Self { driver, process_id, chromedriver })
    }

    /// The process id of Chromium.
    pub fn pid(&self) -> u32 {
        self.process_id
    }

    /// The folder with the profile and everything else that the browser writes.
    pub fn folder(&self) -> &std::path::Path {
        self.chromedriver.folder()
    }
}
