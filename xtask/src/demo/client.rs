//! The one HTTP client of the demo.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{StatusCode, Uri};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::failure::Failure;

const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub(crate) struct Client {
    inner: HyperClient<HttpConnector, Empty<Bytes>>,
    address: String,
}

impl Client {
    /// A client of the server at `http://host:port`.
    pub(crate) fn new(address: &str) -> Self {
        let inner = HyperClient::builder(TokioExecutor::new()).build_http();
        Self { inner, address: address.trim_end_matches('/').to_owned() }
    }

    /// Gets a path and reads the whole body.
    pub(crate) async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), Failure> {
        let failed = |error| Failure::because(format!("GET {path} failed"), error);
        let uri: Uri = format!("{}{path}", self.address)
            .parse()
            .map_err(|error| Failure::because(format!("{path} is no path"), error))?;
        let exchange = async {
            let response =
                self.inner.get(uri).await.map_err(std::io::Error::other).map_err(failed)?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(std::io::Error::other);
            Ok((status, body.map_err(failed)?.to_bytes()))
        };
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or_else(|_| {
            Err(Failure::new(format!("GET {path} got no answer within {} s", TIMEOUT.as_secs())))
        })
    }

    /// Gets a path that must be there.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Bytes, Failure> {
        match self.get(path).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(Failure::new(format!("the shop answered {status} to GET {path}"))),
        }
    }
}
