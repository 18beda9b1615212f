//! A service with every sort of trouble, and its dashboard.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use http::StatusCode;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use perf_core::recorder::{
    Audits, Backplane, BreakerState, CacheState, RedisNode, Reloads, TellState, register_cache,
};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, HoldEvent,
    Name, PoolEvent, QueryEvent, Recorder, SpanEvent,
};
use perf_tower::profile::{ProfileLayer, Profiler};
use perf_tower::{Authorize, Dashboard, PerfLayer};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

pub(crate) const TOKEN: &str = "s3cret-token";

/// Where the loop of `/orders` sends its statement.
pub(crate) const LINE_OF_LOOP: u32 = line!() + 10;

async fn orders() -> &'static str {
    let milli = Duration::from_millis(1);
    let (pool, call_site) = (Name::new("main"), CallSite::here());
    PoolEvent::new(&pool, milli, EventOutcome::Ok).call_site(call_site).size(1, 10).record();
    HoldEvent::new(&pool, call_site, 40 * milli).busy(10 * milli).record();
    for id in 0..20_u64 {
        sleep(milli).await;
        let lines = Fingerprint::of_static("select sku from order_lines where order_id = $1");
        QueryEvent::new(lines, CallSite::here(), milli).parameters(id).rows(3).record();
    }
    SpanEvent::time("add up", || black_box((0..1_000).sum::<u64>()));
    "orders"
}

fn server(port: u16) -> RedisNode {
    let mut server = RedisNode::default();
    server.address = Some(format!("10.0.0.1:{port}"));
    (server.used_bytes, server.max_bytes) = (50 << 20, 51 << 20);
    server.eviction_policy = "allkeys-lfu".to_owned();
    server.evicted_per_minute = Some(1_234.0);
    server
}

struct Products;

impl TellState for Products {
    fn state(&self) -> CacheState {
        CacheState::new(1_234, 3 << 20, 64 << 20)
            .evictions(56)
            .reloads(Reloads::new(93, 82, 71))
            .audits(Audits::new((25, 3), (20, 5), 6))
            .breaker(BreakerState::Open, 7)
            .predicted([(32 << 20, 0.25), (64 << 20, 0.5), (128 << 20, 0.625), (256 << 20, 0.875)])
            .backplane(Backplane::new(Duration::from_millis(120)).others(4, Duration::from_secs(3)))
            .redis([server(6_379), server(6_380)])
    }
}

fn products() -> Weak<Products> {
    static PRODUCTS: OnceLock<Arc<Products>> = OnceLock::new();
    Arc::downgrade(PRODUCTS.get_or_init(|| Arc::new(Products)))
}

async fn product(Path(id): Path<u64>) -> &'static str {
    let cache = Name::new("products");
    register_cache(&cache, products());
    let milli = Duration::from_millis(1);
    match id.is_multiple_of(2) {
        true => CacheEvent::new(&cache, CacheTier::Local, CacheOutcome::Hit).record(),
        false => {
            CacheEvent::new(&cache, CacheTier::Loader, CacheOutcome::Hit).duration(milli).record()
        }
    }
    "product"
}

async fn quote() -> &'static str {
    for target in ["GET prices /{id}", "GET stock /{id}"] {
        sleep(Duration::from_millis(12)).await;
        let took = Duration::from_millis(12);
        CallEvent::new(&Name::new(target), took, EventOutcome::Ok)
            .call_site(CallSite::here())
            .record();
    }
    "quote"
}

#[inline(never)]
fn burn_for_page(millis: u64) -> u64 {
    let started = std::time::Instant::now();
    let mut sum = 0_u64;
    while started.elapsed() < Duration::from_millis(millis) {
        sum = black_box(sum.wrapping_mul(31).wrapping_add(7));
    }
    sum
}

async fn busy() -> String {
    burn_for_page(400).to_string()
}

/// The service on a port and in a thread of its own, until it is dropped.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::start_under("")
    }

    /// With its dashboard nested under a path.
    pub(crate) fn start_under(path: &'static str) -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                tell.send(listener.local_addr().expect("bound")).expect("somebody listens");
                let stopped = async move { _ = stopped.await };
                let served = axum::serve(listener, app(path)).with_graceful_shutdown(stopped);
                served.await.expect("no error while serving");
            });
        });
        let address = told.recv().expect("the address");
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// One request each to all routes, `times` times over.
    pub(crate) fn visit(&self, times: u64) {
        for n in 0..times {
            let paths = ["/orders", "/quote", "/failing", "/nowhere"];
            for path in paths.into_iter().map(str::to_owned).chain([format!("/products/{n}")]) {
                self.get(&path, &[]);
            }
        }
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let request = http::Request::get(self.url(path));
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Empty::<Bytes>::new()).expect("a valid request");
        runtime.expect("a runtime").block_on(async {
            let client = Client::builder(TokioExecutor::new()).build_http();
            let response = client.request(request).await.expect("an answer");
            let (head, body) = response.into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes();
            Answer { head, body: String::from_utf8_lossy(&body).into_owned() }
        })
    }

    /// As somebody who has the token.
    pub(crate) fn page(&self, path: &str) -> Answer {
        self.get(path, &[("authorization", &format!("Bearer {TOKEN}"))])
    }
}

pub(crate) struct Answer {
    pub(crate) head: http::response::Parts,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The first link to a page of this sort, `/perf/requests/` or the like.
    pub(crate) fn link(&self, start: &str) -> String {
        let at = self.body.find(start).unwrap_or_else(|| panic!("no {start} in {}", self.body));
        self.body[at..].chars().take_while(|&c| c != '"' && c != '&').collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || thread::panicking(), "the service panicked");
        }
    }
}

fn app(path: &str) -> Router {
    let recorder = Recorder::builder().build();
    let authorize = Authorize::bearer(TOKEN);
    let profiler = Profiler::new(authorize.clone()).pause(Duration::ZERO);
    let service = Router::new()
        .route("/orders", get(orders))
        .route("/products/{id}", get(product))
        .route("/quote", get(quote))
        .route("/busy", get(busy))
        .route("/failing", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .layer(ProfileLayer::new(&profiler))
        .layer(PerfLayer::new(&recorder));
    let pages: Router = Dashboard::new(&recorder, authorize).profiler(&profiler).into_router();
    match path {
        "" => pages.merge(service),
        path => Router::new().nest(path, pages).merge(service),
    }
}
