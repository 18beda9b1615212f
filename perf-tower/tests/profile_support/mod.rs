//! A server, a client, and work that takes processor time.

#![expect(dead_code, reason = "each test file uses its part")]

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use perf_tower::Authorize;
use perf_tower::profile::Profiler;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, MutexGuard};

/// One profile at a time runs in a process, and `cargo test` runs the tests of a file in one.
///
/// The one before may have left a profile whose names are still being looked up.
pub(crate) async fn exclusively() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    let one = ONE.lock().await;
    let profiler = Profiler::new(Authorize::by(|_| false));
    let free = async {
        while profiler.status().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), free).await.expect("the last profile ends");
    one
}

/// Uses that much processor time, and tells how much it was.
#[inline(never)]
pub(crate) fn burn_cpu(duration: Duration) -> Duration {
    let before = cpu_of_this_thread();
    loop {
        burn(Duration::from_millis(2));
        let used = cpu_of_this_thread() - before;
        if used >= duration {
            return used;
        }
    }
}

/// Uses the processor until that much time has gone.
#[inline(never)]
pub(crate) fn burn(duration: Duration) -> u64 {
    let started = Instant::now();
    let mut number = 1_u64;
    while started.elapsed() < duration {
        for step in 0..1_000 {
            number = black_box(number.wrapping_mul(31).wrapping_add(step));
        }
    }
    number
}

pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Speaks HTTP/1 as raw bytes, so that a test can send what no library would.
#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    headers: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

impl Client {
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self { address, headers: String::new() }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send("GET", target.as_bytes()).await
    }

    /// Sends the request and hands back the socket, unread.
    pub(crate) async fn open(&self, method: &str, target: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.expect("listening");
        let mut head = format!("{method} ").into_bytes();
        head.extend_from_slice(target);
        head.extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        head.extend_from_slice(self.headers.as_bytes());
        head.extend_from_slice(b"\r\n");
        socket.write_all(&head).await.expect("written");
        socket
    }

    pub(crate) async fn send(&self, method: &str, target: &[u8]) -> Answer {
        let mut socket = self.open(method, target).await;
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).await.expect("an answer");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("ASCII");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        });
        let headers: HeaderMap = headers.collect();
        let body = bytes.split_off(end + 4);
        Answer { status: status.parse().expect("a status"), headers, body }
    }
}

/// Stacks and counts of a collapsed profile.
pub(crate) fn folded(text: &str) -> Vec<(String, u64)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let stack = |line: &str| {
        let (stack, count) = line.rsplit_once(' ').expect("a count");
        (stack.to_owned(), count.parse().expect("a number"))
    };
    lines.map(stack).collect()
}

/// Processor time of the calling thread; on a busy machine it is less than time.
pub(crate) fn cpu_of_this_thread() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = stat.split(' ').next().expect("three numbers");
    Duration::from_nanos(nanos.parse().expect("a number"))
}
