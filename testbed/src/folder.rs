//! The folder of one server.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use tempfile::TempDir;

use crate::Error;
use crate::account::Account;

/// An empty folder that belongs to the account of the server and to nobody else.
pub(crate) fn create(prefix: &str, account: Option<Account>) -> Result<TempDir, Error> {
    let failed = |source| Error::Folder { parent: std::env::temp_dir(), source };
    let folder = tempfile::Builder::new().prefix(prefix).tempdir().map_err(failed)?;
    if let Some(account) = account {
        chown(folder.path(), Some(account.uid), Some(account.gid)).map_err(failed)?;
    }
    Ok(folder)
}

/// Writes a file into that folder, for the server alone: it may hold a key.
pub(crate) fn write(path: &Path, text: &str, account: Option<Account>) -> Result<(), Error> {
    let written = fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o600)))
        .and_then(|()| match account {
            Some(account) => chown(path, Some(account.uid), Some(account.gid)),
            None => Ok(()),
        });
    written.map_err(|source| Error::Folder { parent: std::env::temp_dir(), source })
}
