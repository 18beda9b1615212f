//! TLS: whom to trust, and why somebody was not.

#[cfg(feature = "tls")]
use perf_core::sync::Arc;
use redis::ConnectionInfo;
#[cfg(feature = "tls")]
use redis::{Client, TlsCertificates};
#[cfg(feature = "tls")]
use rustls::pki_types::{CertificateDer, pem::PemObject};
#[cfg(feature = "tls")]
use rustls::{CertificateError, Error, RootCertStore, crypto};

use super::Lost;

#[cfg(feature = "tls")]
const UNSIGNED: &str = "no CA that this process trusts has signed the certificate of Redis: give its CA to \
     redis_ca()";

/// The authorities whose signature makes a server a good one: those of the system, unless others
/// are given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// In PEM.
    #[cfg(feature = "tls")]
    authorities: Option<Arc<[u8]>>,
}

#[cfg(feature = "tls")]
impl Trust {
    /// Nobody but these authorities.
    ///
    /// # Errors
    /// When there is no certificate in the text, or one that cannot be read.
    pub(crate) fn these(pem: &[u8]) -> Result<Self, Lost> {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            store.add(certificate?)?;
        }
        if store.is_empty() {
            return Err("there is no certificate in it".into());
        }
        Ok(Self { authorities: Some(pem.into()) })
    }

    pub(super) fn is_given(&self) -> bool {
        self.authorities.is_some()
    }

    pub(super) fn certificates(&self) -> Option<TlsCertificates> {
        let authorities = self.authorities.as_ref()?;
        Some(TlsCertificates { client_tls: None, root_cert: Some(authorities.to_vec()) })
    }

    /// How to connect to one server.
    pub(super) fn info(&self, info: ConnectionInfo) -> Result<ConnectionInfo, Lost> {
        match self.certificates() {
            Some(certificates) => {
                let client = Client::build_with_tls(info, certificates)?;
                Ok(client.get_connection_info().clone())
            }
            None => Ok(info),
        }
    }
}

#[cfg(not(feature = "tls"))]
impl Trust {
    pub(super) fn is_given(&self) -> bool {
        false
    }

    #[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
    pub(super) fn info(&self, info: ConnectionInfo) -> Result<ConnectionInfo, Lost> {
        Ok(info)
    }
}

/// rustls panics when two of its crypto providers are linked in and none is chosen.
#[cfg(feature = "tls")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
pub(super) fn prepare() -> Result<(), Lost> {
    if crypto::CryptoProvider::get_default().is_none() {
        // Another thread that was quicker has chosen one as well.
        let _ = crypto::ring::default_provider().install_default();
    }
    Ok(())
}

#[cfg(not(feature = "tls"))]
pub(super) fn prepare() -> Result<(), Lost> {
    Err("TLS needs the feature `tls` of perf-cache".into())
}

/// Why the certificate of a server is no good, if that is what ended the connection.
#[cfg(feature = "tls")]
pub(super) fn distrust(cause: &std::io::Error) -> Option<&'static str> {
    match cause.get_ref()?.downcast_ref()? {
        Error::InvalidCertificate(reason) => Some(sentence(reason)),
        _ => None,
    }
}

/// The same, where a cluster's client has kept the words alone.
#[cfg(feature = "tls")]
pub(super) fn distrust_told(words: &str) -> Option<&'static str> {
    let (_, reason) = words.split_once("invalid peer certificate: ")?;
    let unsigned = ["UnknownIssuer", "BadSignature"].iter().any(|name| reason.starts_with(name));
    Some(if unsigned { UNSIGNED } else { "the certificate of Redis cannot be verified" })
}

#[cfg(feature = "tls")]
fn sentence(reason: &CertificateError) -> &'static str {
    match reason {
        // A CA that was made anew under its old name gives a bad signature.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => UNSIGNED,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate of Redis is for another host than the one in the URL"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate of Redis has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate of Redis is not valid yet: see whether the clocks agree"
        }
        _ => "the certificate of Redis cannot be verified",
    }
}

#[cfg(not(feature = "tls"))]
pub(super) fn distrust_told(_: &str) -> Option<&'static str> {
    None
}

#[cfg(not(feature = "tls"))]
pub(super) fn distrust(_: &std::io::Error) -> Option<&'static str> {
    None
}
