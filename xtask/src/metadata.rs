//! What cargo knows about the workspace.

use std::path::PathBuf;

use serde_json::Value;

use crate::failure::Failure;
use crate::step;

#[derive(Debug)]
pub(crate) struct Metadata(Value);

impl Metadata {
    pub(crate) fn read() -> Result<Self, Failure> {
        let output = step::cargo(&["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(|error| Failure::because("`cargo metadata` could not be run", error))?;
        let value = serde_json::from_slice(&output.stdout).map_err(|error| {
            Failure::because("`cargo metadata` did not describe a workspace", error)
        })?;
        Ok(Self(value))
    }

    /// Where cargo builds to.
    pub(crate) fn target_directory(&self) -> PathBuf {
        PathBuf::from(self.0["target_directory"].as_str().unwrap_or("target"))
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn workspace_root(&self) -> PathBuf {
        PathBuf::from(self.0["workspace_root"].as_str().unwrap_or("."))
    }

    /// The packages whose tests may ask for a server: `testbed` and all that depend on it.
    pub(crate) fn packages_with_servers(&self) -> Vec<&str> {
        let packages = self.0["packages"].as_array().map_or(&[][..], Vec::as_slice);
        let depends = |package: &Value| {
            package["dependencies"]
                .as_array()
                .is_some_and(|all| all.iter().any(|dependency| dependency["name"] == "testbed"))
        };
        packages
            .iter()
            .filter(|package| package["name"] == "testbed" || depends(package))
            .filter_map(|package| package["name"].as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_depends_on_testbed_has_servers() {
        let metadata = Metadata(serde_json::json!({ "packages": [
            { "name": "testbed", "dependencies": [{ "name": "tempfile" }] },
            { "name": "perf-db", "dependencies": [{ "name": "testbed", "kind": "dev" }] },
            { "name": "perf-core", "dependencies": [{ "name": "serde" }] },
        ]}));
        assert_eq!(metadata.packages_with_servers(), ["testbed", "perf-db"]);
    }
}
