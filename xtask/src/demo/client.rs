//! The one HTTP client of the demo.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::AUTHORIZATION;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::token::Token;
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

    /// Sends a request without a body and reads the whole body of the answer.
    pub(crate) async fn visit(
        &self,
        method: Method,
        path: &str,
    ) -> Result<(StatusCode, Bytes), Failure> {
        self.send(method, path, None).await
    }

    /// Gets a path that must be there, as one who may see the inside of the shop.
    pub(crate) async fn fetch(&self, path: &str, token: &Token) -> Result<Bytes, Failure> {
        match self.send(Method::GET, path, Some(token)).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(Failure::new(format!("the shop answered {status} to GET {path}"))),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&Token>,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let failed = |error| Failure::because(format!("{method} {path} failed"), error);
        let uri = format!("{}{path}", self.address);
        let mut request = Request::builder().method(&method).uri(uri);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let request = request
            .body(Empty::new())
            .map_err(|error| Failure::because(format!("{path} is no path"), error))?;
        let exchange = async {
            let response =
                self.inner.request(request).await.map_err(std::io::Error::other).map_err(failed)?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(std::io::Error::other);
            Ok((status, body.map_err(failed)?.to_bytes()))
        };
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or_else(|_| {
            Err(Failure::new(format!(
                "{method} {path} got no answer within {} s",
                TIMEOUT.as_secs()
            )))
        })
    }
}
