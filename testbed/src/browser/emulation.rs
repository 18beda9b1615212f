//! Which device, taste and rights the page meets.

use serde_json::json;

use super::Browser;
use crate::Error;

/// What the user prefers, as `prefers-color-scheme` tells a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ColorScheme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

impl Browser {
    /// Gives the page a window of that many pixels, at one pixel to the CSS pixel.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn resize(&self, width: u32, height: u32) -> Result<(), Error> {
        // A real window has a least width that is above a phone's.
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &size).map(drop)
    }

    /// Sets what the page sees as the user's taste. Defaults to the light scheme.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn set_color_scheme(&self, scheme: ColorScheme) -> Result<(), Error> {
        let value = match scheme {
            ColorScheme::Light => "light",
            ColorScheme::Dark => "dark",
        };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.driver.devtools("Emulation.setEmulatedMedia", &features).map(drop)
    }

    /// Whether pages opened from now on may run their scripts. [`Browser::script`] and everything
    /// else here works in any case. Defaults to true.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn set_javascript(&self, enabled: bool) -> Result<(), Error> {
        let value = json!({ "value": !enabled });
        self.driver.devtools("Emulation.setScriptExecutionDisabled", &value).map(drop)
    }

    /// Sends a header, such as `authorization`, with each request from now on, instead of the one
    /// that an earlier call named.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn set_header(&self, name: &str, value: &str) -> Result<(), Error> {
        let headers = json!({ "headers": { name: value } });
        self.driver.devtools("Network.setExtraHTTPHeaders", &headers).map(drop)
    }
}
