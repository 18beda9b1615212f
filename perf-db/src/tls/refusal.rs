use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::Encryption;
use crate::error::{DbError, Reason};

impl Encryption {
    /// Refuses what asks for TLS.
    pub(crate) fn new(
        config: &mut Config,
        file: Option<&str>,
        pem: Option<&[u8]>,
    ) -> Result<Self, DbError> {
        if config.get_ssl_mode() == SslMode::Require || file.is_some() || pem.is_some() {
            return Err(Reason::Tls.into());
        }
        Ok(Self::Plain)
    }
}
