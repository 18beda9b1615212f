use perf_core::sync::{AtomicBool, Ordering};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Error};

use crate::tls::{CancelTarget, Carrier, Encryption};

/// How connections to one server are opened.
#[derive(Debug)]
pub(crate) struct Dial {
    config: Config,
    encryption: Encryption,
    cancel_target: Option<CancelTarget>,
    /// TLS was offered and did not come about, and `sslmode=prefer` does without.
    does_without: AtomicBool,
}

impl Dial {
    pub(crate) fn new(config: Config, encryption: Encryption) -> Self {
        let cancel_target = CancelTarget::of(&config);
        Self { config, encryption, cancel_target, does_without: AtomicBool::new(false) }
    }

    pub(super) fn encryption(&self) -> &Encryption {
        &self.encryption
    }

    /// Where a request to cancel goes; `None` when only the driver knows.
    pub(super) fn cancel_target(&self) -> Option<&CancelTarget> {
        self.cancel_target.as_ref()
    }

    pub(super) async fn open(&self) -> Result<(Client, Carrier), Error> {
        if self.encryption.is_plain() || self.config.get_ssl_mode() != SslMode::Prefer {
            return self.encryption.connect(&self.config).await;
        }
        if self.does_without.load(Ordering::Relaxed) {
            return self.without().await;
        }
        let error = match self.encryption.connect(&self.config).await {
            Ok(opened) => return Ok(opened),
            // The server has spoken: TLS is not what it minds.
            Err(error) if error.code().is_some() => return Err(error),
            Err(error) => error,
        };
        match self.without().await {
            Ok(opened) => {
                tracing::warn!(
                    "the server's certificate is not trusted: connections are not encrypted, as \
                     sslmode=prefer allows"
                );
                self.does_without.store(true, Ordering::Relaxed);
                Ok(opened)
            }
            // Of the two the one that tells more.
            Err(_) => Err(error),
        }
    }

    async fn without(&self) -> Result<(Client, Carrier), Error> {
        let mut config = self.config.clone();
        // Also for the cancel request, which goes the way that the connection came.
        config.ssl_mode(SslMode::Disable);
        Encryption::Plain.connect(&config).await
    }
}
