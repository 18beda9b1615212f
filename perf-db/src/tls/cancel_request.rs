//! The request to stop a statement, over a connection of its own.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Config, Error, Socket};

/// Where the server is, when there is only one place where it can be.
#[derive(Clone, Debug)]
pub(crate) struct CancelTarget {
    host: String,
    port: u16,
    /// What the server's certificate is for.
    name: String,
}

impl CancelTarget {
    pub(crate) fn of(config: &Config) -> Option<Self> {
        let port = *config.get_ports().first().unwrap_or(&5432);
        let name = match config.get_hosts() {
            [Host::Tcp(name)] => Some(name.clone()),
            _ => None,
        };
        let host = match config.get_hostaddrs() {
            [] => name.clone()?,
            [address] => address.to_string(),
            _ => return None,
        };
        Some(Self { name: name.unwrap_or_else(|| host.clone()), host, port })
    }
}

/// Sends the request and waits until the server has closed its connection, which it does when it
/// has done what was asked.
///
/// The driver closes it first, and pgbouncer 1.18 ends at that: "bad client state". So the driver
/// does it itself only where its address is not known here.
pub(super) async fn request_cancel<T>(
    token: &CancelToken,
    target: Option<&CancelTarget>,
    mut tls: T,
) -> Result<(), Error>
where
    T: MakeTlsConnect<Socket> + MakeTlsConnect<Patient>,
{
    let Some(CancelTarget { host, port, name }) = target else {
        return token.cancel_query(tls).await;
    };
    let Ok(stream) = TcpStream::connect((host.as_str(), *port)).await else {
        return token.cancel_query(tls).await;
    };
    match MakeTlsConnect::<Patient>::make_tls_connect(&mut tls, name) {
        Ok(tls) => token.cancel_query_raw(Patient(stream), tls).await,
        Err(_) => token.cancel_query(tls).await,
    }
}

/// Ends when the other side does.
pub(super) struct Patient(TcpStream);

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Pin::new(&mut self.0).poll_shutdown(context);
            }
        }
    }
}
