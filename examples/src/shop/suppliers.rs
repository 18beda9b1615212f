//! Two services of other people, and the client for them.
//!
//! They stand on a port of their own and take the time that a service in another building takes.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use perf_core::{CallEvent, EventOutcome, Name, time};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::error::ShopError;

const PRICE_TIME: Duration = Duration::from_millis(25);
const STOCK_TIME: Duration = Duration::from_millis(20);

/// Starts both services; they end with the process.
pub(crate) async fn serve() -> io::Result<SocketAddr> {
    let services = Router::new().route("/price/{id}", get(price)).route("/stock/{id}", get(stock));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, services).await });
    Ok(address)
}

async fn price(Path(id): Path<i64>) -> String {
    sleep(PRICE_TIME).await;
    (500 + id * 7_919 % 20_000).to_string()
}

async fn stock(Path(id): Path<i64>) -> String {
    sleep(STOCK_TIME).await;
    (id * 104_729 % 40).to_string()
}

/// Asks the two services and records each call.
#[derive(Clone)]
pub(crate) struct Suppliers {
    client: Client<HttpConnector, Empty<Bytes>>,
    address: SocketAddr,
    price: Name,
    stock: Name,
}

impl Suppliers {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            address,
            price: Name::new("GET suppliers /price/{id}"),
            stock: Name::new("GET suppliers /stock/{id}"),
        }
    }

    pub(crate) async fn price(&self, id: i64) -> Result<i64, ShopError> {
        self.ask(&self.price, format!("/price/{id}")).await
    }

    pub(crate) async fn stock(&self, id: i64) -> Result<i64, ShopError> {
        self.ask(&self.stock, format!("/stock/{id}")).await
    }

    async fn ask(&self, target: &Name, path: String) -> Result<i64, ShopError> {
        let started = time::now();
        let answer = self.number(path).await;
        let outcome = if answer.is_some() { EventOutcome::Ok } else { EventOutcome::Error };
        CallEvent::new(target, time::now() - started, outcome).record();
        answer.ok_or(ShopError::Supplier)
    }

    async fn number(&self, path: String) -> Option<i64> {
        let uri = format!("http://{}{path}", self.address).parse().ok()?;
        let response = self.client.get(uri).await.ok()?;
        let body = response.into_body().collect().await.ok()?.to_bytes();
        std::str::from_utf8(&body).ok()?.parse().ok()
    }
}
