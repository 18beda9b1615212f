//! Whose certificates are believed.

use std::fs;

use perf_core::sync::{Arc, OnceLock};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Encryption;
use crate::error::{DbError, Reason};

/// What libpq calls the system's own authorities.
const SYSTEM: &str = "system";

impl Encryption {
    /// What the settings ask for. Without an authority of their own they mean those of the system.
    pub(crate) fn new(
        config: &mut Config,
        file: Option<&str>,
        pem: Option<&[u8]>,
    ) -> Result<Self, DbError> {
        let names_authority = file.is_some() || pem.is_some();
        match config.get_ssl_mode() {
            SslMode::Disable if names_authority => return Err(Reason::UnusedAuthority.into()),
            SslMode::Disable => return Ok(Self::Plain),
            // Whoever says whom to trust wants no connection without.
            SslMode::Prefer if names_authority => {
                config.ssl_mode(SslMode::Require);
            }
            _ => {}
        }
        let authorities = match (pem, file) {
            (Some(pem), _) => Arc::new(read(pem).ok_or(Reason::Authority)?),
            (None, Some(file)) if file != SYSTEM => {
                let pem = fs::read(file).map_err(|_| Reason::Authority)?;
                Arc::new(read(&pem).ok_or(Reason::Authority)?)
            }
            _ => system(),
        };
        if authorities.is_empty() {
            return match config.get_ssl_mode() {
                SslMode::Prefer => Ok(Self::Plain),
                _ => Err(Reason::NoAuthority.into()),
            };
        }
        // Never the default of the process, which others may have set to anything.
        let mut client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| Reason::NoAuthority)?
            .with_root_certificates(authorities)
            .with_no_client_auth();
        // PostgreSQL 17 demands it for sslnegotiation=direct.
        client.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self::Tls(MakeRustlsConnect::new(client)))
    }
}

/// `None` when there is no certificate, or one that cannot be read.
fn read(pem: &[u8]) -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        store.add(certificate.ok()?).ok()?;
    }
    (!store.is_empty()).then_some(store)
}

/// Read once: there are more than a hundred.
fn system() -> Arc<RootCertStore> {
    static STORE: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut store = RootCertStore::empty();
        // Some systems have one among them that is too old to be read.
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(store)
    };
    Arc::clone(STORE.get_or_init(load))
}
