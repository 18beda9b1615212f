//! The folder of one server.

use std::os::unix::fs::chown;

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
