//! axe-core, the rules of accessibility as a script that judges a page in a browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::step;

/// One version, since a new one brings new rules, and so new failures of an unchanged page.
const PACKAGE: &str = "axe-core@4.14.1";

/// Where `axe.min.js` is, after fetching it into cargo's target folder if it is not there.
///
/// npm runs no script of a package, and reports nothing about the workspace.
pub(crate) fn install(target: &Path) -> Result<PathBuf, Failure> {
    let prefix = target.join("axe").join(PACKAGE);
    let file = prefix.join("node_modules/axe-core/axe.min.js");
    if !file.is_file() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(&prefix)
            .arg(PACKAGE);
        step::titled(&format!("npm install {PACKAGE}"), &mut npm)?;
    }
    if file.is_file() {
        Ok(file)
    } else {
        Err(Failure::new(format!("npm installed {PACKAGE}, but {} is not there", file.display())))
    }
}
