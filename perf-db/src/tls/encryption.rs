use std::fmt;

use tokio::task::AbortHandle;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{CancelToken, Client, Config, Connection, Error, NoTls, Socket};

use super::cancel_request::{CancelTarget, request_cancel};
use crate::error::Cause;

/// How bytes travel to a server. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Encryption {
    /// As they are.
    Plain,
    /// By TLS, where the settings of the connection allow it and the server offers it.
    #[cfg(feature = "tls")]
    Tls(tokio_postgres_rustls::MakeRustlsConnect),
}

impl Encryption {
    pub(crate) async fn connect(&self, config: &Config) -> Result<(Client, Carrier), Error> {
        match self {
            Self::Plain => Ok(carried(config.connect(NoTls).await?)),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => Ok(carried(config.connect(tls.clone()).await?)),
        }
    }

    /// Asks the server to stop what the connection of this token runs; in the same way as that
    /// connection was opened, since the request holds a secret.
    pub(crate) async fn cancel(
        &self,
        token: &CancelToken,
        target: Option<&CancelTarget>,
    ) -> Result<(), Error> {
        match self {
            Self::Plain => request_cancel(token, target, NoTls).await,
            #[cfg(feature = "tls")]
            Self::Tls(tls) => request_cancel(token, target, tls.clone()).await,
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_plain() { "Plain" } else { "Tls" })
    }
}

/// The task that carries what a client sends and receives; it ends with this.
#[derive(Debug)]
pub(crate) struct Carrier(AbortHandle);

impl Drop for Carrier {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn carried<T>((client, connection): (Client, Connection<Socket, T>)) -> (Client, Carrier)
where
    T: TlsStream + Unpin + Send + 'static,
{
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = %Cause(error), "a connection to PostgreSQL broke");
        }
    });
    (client, Carrier(task.abort_handle()))
}
