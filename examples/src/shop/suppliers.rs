//! Two services of other people, and the client for them.
//!
//! They stand on a port of their own and take the time that a service in another building takes.

use std::array;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::Request;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use perf_core::CallSite;
use perf_tower::client::PerfClient;
use perf_tower::{PerfClientLayer, Route};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tower::{Layer, Service, ServiceExt};

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

/// Asks the two services; each call is recorded.
#[derive(Clone)]
pub(crate) struct Suppliers {
    client: PerfClient<Client<HttpConnector<Resolver>, Empty<Bytes>>>,
}

impl Suppliers {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let connector = HttpConnector::new_with_resolver(Resolver(address));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client: PerfClientLayer::new().layer(client) }
    }

    #[track_caller]
    pub(crate) fn price(&self, id: i64) -> impl Future<Output = Result<i64, ShopError>> {
        self.ask(Route::new("/price/{id}"), format!("/price/{id}"), CallSite::here())
    }

    #[track_caller]
    pub(crate) fn stock(&self, id: i64) -> impl Future<Output = Result<i64, ShopError>> {
        self.ask(Route::new("/stock/{id}"), format!("/stock/{id}"), CallSite::here())
    }

    async fn ask(&self, route: Route, path: String, from: CallSite) -> Result<i64, ShopError> {
        self.number(route, path, from).await.ok_or(ShopError::Supplier)
    }

    async fn number(&self, route: Route, path: String, from: CallSite) -> Option<i64> {
        let uri = format!("http://suppliers.internal{path}");
        let request = Request::get(uri).extension(route).extension(from);
        let response = self.client.clone().oneshot(request.body(Empty::new()).ok()?).await.ok()?;
        let body = response.into_body().collect().await.ok()?.to_bytes();
        std::str::from_utf8(&body).ok()?.parse().ok()
    }
}

/// Every name stands for the one address, so that the port of the day is in no report.
#[derive(Clone)]
struct Resolver(SocketAddr);

impl Service<Name> for Resolver {
    type Response = array::IntoIter<SocketAddr, 1>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok([self.0].into_iter()))
    }
}
