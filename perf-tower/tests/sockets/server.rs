//! A router on a port of its own, and clients for it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use perf_core::{Outcome, Recorder, Snapshot};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// What each test is run with.
pub(crate) const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (stop, stopping) = oneshot::channel::<()>();
        let server = axum::serve(listener, app).with_graceful_shutdown(async {
            _ = stopping.await;
        });
        let stopped = tokio::spawn(async { server.await.expect("serves") });
        Self { address, stop, stopped }
    }

    /// Takes no new connections and waits for the requests that are under way.
    pub(crate) async fn stop(self) {
        _ = self.stop.send(());
        self.stopped.await.expect("no panic");
    }

    pub(crate) fn client(&self, version: Version) -> Http {
        let mut builder = Client::builder(TokioExecutor::new());
        let client = builder.http2_only(version == Version::HTTP_2).build_http();
        Http { client, address: self.address }
    }

    /// Sends a request by hand, for what no client library does.
    pub(crate) async fn raw(&self, head: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.expect("listening");
        socket.write_all(head.as_bytes()).await.expect("written");
        socket
    }
}

#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
}

impl Http {
    pub(crate) async fn get(&self, path: &str) -> Result<Response<Incoming>, Error> {
        self.send(http::Method::GET, path).await
    }

    pub(crate) async fn send(
        &self,
        method: http::Method,
        path: &str,
    ) -> Result<Response<Incoming>, Error> {
        let request = Request::builder().method(method);
        let request = request.uri(format!("http://{}{path}", self.address));
        self.client.request(request.body(Body::empty()).expect("valid")).await
    }
}

/// Waits for what the recorder must come to.
#[track_caller]
pub(crate) fn until(
    recorder: &Recorder,
    reached: impl Fn(&Snapshot) -> bool,
) -> impl Future<Output = Snapshot> {
    let recorder = recorder.clone();
    async move {
        let last = recorder.clone();
        let waiting = async {
            loop {
                let snapshot = recorder.snapshot();
                if reached(&snapshot) {
                    return snapshot;
                }
                sleep(Duration::from_millis(2)).await;
            }
        };
        let reached = timeout(Duration::from_secs(10), waiting).await;
        reached.unwrap_or_else(|_| panic!("not within ten seconds: {:?}", last.snapshot().routes))
    }
}

/// Waits until all that was opened has closed, and tells how: outcome by outcome.
pub(crate) async fn ended(recorder: &Recorder, requests: u64) -> Vec<(Outcome, u64)> {
    let snapshot = until(recorder, |snapshot| {
        let closed: u64 = snapshot.routes.iter().map(|route| route.requests).sum();
        in_flight(snapshot) == 0 && closed == requests
    });
    let mut outcomes = std::collections::BTreeMap::new();
    for route in snapshot.await.routes {
        for (outcome, count) in route.outcomes {
            *outcomes.entry(outcome).or_default() += count;
        }
    }
    outcomes.into_iter().collect()
}

pub(crate) fn in_flight(snapshot: &Snapshot) -> u64 {
    snapshot.routes.iter().map(|route| route.in_flight).sum()
}
