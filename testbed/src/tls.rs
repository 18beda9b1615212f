//! Certificates of a test: an authority of its own, and what a server needs to speak TLS.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};

use crate::Error;
use crate::account::Account;

/// The names that a server is reached by.
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

/// An authority that signs the certificates of servers. Nobody trusts it but who is given its
/// [`pem`](Authority::pem), so a second one serves as the wrong one.
///
/// ```
/// let (ours, another) = (testbed::Authority::new()?, testbed::Authority::new()?);
/// assert!(ours.pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// assert_ne!(ours.pem(), another.pem());
/// # Ok::<(), testbed::Error>(())
/// ```
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a server of this folder is told to read.
pub(crate) struct CertificateFiles {
    /// The certificate of the authority.
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    /// Readable by the server's account alone, as PostgreSQL demands.
    pub(crate) key: PathBuf,
}

impl Authority {
    /// A new authority, with a key of its own.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "testbed's authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = KeyPair::generate().and_then(|key| CertifiedIssuer::self_signed(params, key));
        Ok(Self { issuer: issuer.map_err(Error::Certificate)? })
    }

    /// The certificate in PEM, to be given to those who shall trust it.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Signs a certificate for 127.0.0.1 and localhost, and writes it with its key to the server's
    /// folder.
    pub(crate) fn certify(&self, folder: &Path, account: Option<Account>) -> Result<(), Error> {
        let (certificate, key) = self.certificate().map_err(Error::Certificate)?;
        let files = CertificateFiles::of(folder);
        let written = write(&files.authority, &self.pem(), account)
            .and_then(|()| write(&files.certificate, &certificate, account))
            .and_then(|()| write(&files.key, &key, account));
        written.map_err(|source| Error::Folder { parent: folder.to_owned(), source })
    }

    fn certificate(&self) -> Result<(String, String), rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
        params.distinguished_name.push(DnType::CommonName, "testbed's server");
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}

impl CertificateFiles {
    /// The names are known before the files are there.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            authority: folder.join("authority.pem"),
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
        }
    }
}

/// Without the key.
impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// No other account can read the file at any moment.
fn write(path: &Path, text: &str, account: Option<Account>) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(text.as_bytes())?;
    match account {
        Some(account) => chown(path, Some(account.uid), Some(account.gid)),
        None => Ok(()),
    }
}
