use std::{env, fs};

use super::Browser;
use crate::Error;

/// Names the file `axe.min.js` of axe-core. `cargo xtask soak` fetches it and sets this.
pub const AXE_VARIABLE: &str = "PERF_AXE";

const RUN: &str = "return axe.run().then(found => found.violations.map(violation =>
    `${violation.id}: ${violation.help}: ${violation.nodes.map(node => node.target).join(', ')}`))";

impl Browser {
    /// What axe-core finds wrong with the page for people who see, hear or move otherwise: for each
    /// broken rule its name, what it asks for, and the elements that break it.
    ///
    /// Only `cargo xtask soak` has axe-core at hand, so a test that calls this first looks whether
    /// [`AXE_VARIABLE`] is set.
    ///
    /// # Errors
    /// When the variable is not set or names no file, or when the script fails.
    pub fn axe_violations(&self) -> Result<Vec<String>, Error> {
        let failed = |message| Error::Browser { order: "run axe-core".to_owned(), message };
        let file = env::var_os(AXE_VARIABLE)
            .ok_or_else(|| failed(format!("{AXE_VARIABLE} is not set: `cargo xtask soak` does")))?;
        let script = fs::read_to_string(&file)
            .map_err(|error| failed(format!("{AXE_VARIABLE} names {}: {error}", file.display())))?;
        self.script(&script)?;
        let found = self.script(RUN)?;
        let lines = found.as_array().into_iter().flatten();
        Ok(lines.filter_map(|line| line.as_str().map(str::to_owned)).collect())
    }
}
