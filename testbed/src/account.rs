//! The account that servers run as: PostgreSQL refuses to run as root.

use std::process::Command;
use std::sync::OnceLock;

use crate::Error;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account to change to: `None` unless this process runs as root.
    pub(crate) fn for_servers() -> Result<Option<Self>, Error> {
        static ACCOUNT: OnceLock<Option<Account>> = OnceLock::new();
        if let Some(account) = ACCOUNT.get() {
            return Ok(*account);
        }
        let account = if id(&["-u"])? == Some(0) {
            let named = |name: &str| -> Result<Option<Self>, Error> {
                let (uid, gid) = (id(&["-u", name])?, id(&["-g", name])?);
                Ok(uid.zip(gid).map(|(uid, gid)| Self { uid, gid }))
            };
            match named("postgres")? {
                Some(account) => Some(account),
                None => Some(named("nobody")?.ok_or(Error::Missing {
                    program: "an account named postgres or nobody",
                    package: "postgresql".into(),
                })?),
            }
        } else {
            None
        };
        Ok(*ACCOUNT.get_or_init(|| account))
    }
}

/// What `id` prints, or `None` where it knows no such account.
fn id(arguments: &[&str]) -> Result<Option<u32>, Error> {
    let output = Command::new("id")
        .args(arguments)
        .output()
        .map_err(|source| Error::Run { program: "id", source })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}
