//! A client that hangs up half-way leaves every gauge at zero; with a real server and real sockets.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use perf_core::{Outcome, Recorder, Snapshot};
use perf_tower::PerfLayer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

async fn serve(recorder: &Recorder) -> std::net::SocketAddr {
    let app = Router::new()
        .route("/slow", get(std::future::pending::<()>))
        .route("/endless", get(|| async { Body::from_stream(endless()) }))
        .layer(PerfLayer::new(recorder));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn endless() -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    stream::repeat(()).then(|()| async {
        sleep(Duration::from_millis(1)).await;
        Ok(Bytes::from_static(b"more\n"))
    })
}

async fn request(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.expect("listening");
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("written");
    socket
}

async fn until(recorder: &Recorder, reached: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let reached = async {
        loop {
            let snapshot = recorder.snapshot();
            if reached(&snapshot) {
                return snapshot;
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), reached).await.expect("within ten seconds")
}

fn in_flight(snapshot: &Snapshot) -> u64 {
    snapshot.routes.iter().map(|route| route.in_flight).sum()
}

fn count(snapshot: &Snapshot, outcome: Outcome) -> u64 {
    snapshot.routes.iter().filter_map(|route| route.outcomes.get(&outcome)).sum()
}

#[tokio::test]
async fn a_client_that_hangs_up_before_the_head_is_counted_and_leaves_the_gauge_at_zero() {
    let recorder = Recorder::builder().build();
    let address = serve(&recorder).await;
    let sockets = futures_util::future::join_all((0..20).map(|_| request(address, "/slow"))).await;
    until(&recorder, |snapshot| in_flight(snapshot) == 20).await;
    drop(sockets);
    let snapshot = until(&recorder, |snapshot| in_flight(snapshot) == 0).await;
    assert_eq!(count(&snapshot, Outcome::CancelledBeforeHead), 20);
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_body_is_counted_and_leaves_the_gauge_at_zero() {
    let recorder = Recorder::builder().build();
    let address = serve(&recorder).await;
    let mut socket = request(address, "/endless").await;
    let mut read = [0; 256];
    socket.read_exact(&mut read).await.expect("head and some body");
    assert_eq!(in_flight(&recorder.snapshot()), 1);
    drop(socket);
    let snapshot = until(&recorder, |snapshot| in_flight(snapshot) == 0).await;
    assert_eq!(count(&snapshot, Outcome::CancelledInBody), 1);
}
