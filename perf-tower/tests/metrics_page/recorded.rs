//! A recorder that knows something of every sort.

use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use perf_core::recorder::{
    Audits, Backplane, BreakerState, CacheState, Reloads, TellState, register_cache,
};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, HoldEvent,
    Label, Name, Outcome, PoolEvent, QueryEvent, Recorder, TraceId,
};

/// Names that could leave their label, their line or the page.
pub(crate) const HOSTILE: [&str; 10] = [
    "",
    "\"",
    "\\",
    "\n",
    "\\n",
    "a\"} 1\nhttp_server_active_requests{x=\"",
    "# EOF\n",
    "\r\u{0}\u{7f}\u{2028}",
    "ü/{名前}/🦀",
    "a,b=\"c\",le=\"0.1\"",
];

const MILLI: Duration = Duration::from_millis(1);

pub(crate) fn everything() -> Recorder {
    let recorder = Recorder::builder().names(2).build();
    for (status, outcome) in [(200, Outcome::Ok), (200, Outcome::Ok), (503, Outcome::ServerError)] {
        let mut scope = recorder.scope(Label::request("GET", "/orders/{id}"));
        _ = scope.poll(&mut Context::from_waker(Waker::noop()), |_| {
            work();
            Poll::Ready(())
        });
        scope.mark_head();
        scope.status(status);
        scope.request_bytes(1_000);
        scope.add_response_bytes(100_000);
        scope.trace(TraceId::from_bytes([1; 16]).expect("not zero"));
        scope.close(outcome);
    }
    // It stays open for as long as the process runs.
    std::mem::forget(recorder.scope(Label::request("GET", "/orders/{id}")));
    recorder.scope(Label::request("_OTHER", "_unmatched")).close(Outcome::ClientError);
    let mut stream = recorder.scope(Label::request("GET", "/events"));
    stream.mark_head();
    stream.mark_stream();
    stream.close(Outcome::Ok);
    recorder.scope(Label::job("nightly")).close(Outcome::Ok);
    recorder
}

struct Products;

impl TellState for Products {
    fn state(&self) -> CacheState {
        CacheState::new(12, 3_456, 64 << 20)
            .evictions(5)
            .breaker(BreakerState::Open, 2)
            .backplane(Backplane::new(250 * MILLI).others(3, MILLI))
            .reloads(Reloads::new(30, 20, 15))
            .audits(Audits::new((6, 1), (4, 2), 9))
    }
}

/// Registered for as long as the process runs.
fn products() -> Weak<Products> {
    static PRODUCTS: OnceLock<Arc<Products>> = OnceLock::new();
    Arc::downgrade(PRODUCTS.get_or_init(|| Arc::new(Products)))
}

fn work() {
    register_cache(&Name::new("products"), products());
    for product in 0..10 {
        let sql = "select name from order_lines where name = 'secret' and product = $1";
        QueryEvent::new(Fingerprint::of_static(sql), CallSite::here(), MILLI)
            .parameters(product)
            .rows(1)
            .record();
    }
    let pool = Name::new("main");
    PoolEvent::new(&pool, MILLI, EventOutcome::Ok).size(3, 10).record();
    PoolEvent::new(&pool, MILLI, EventOutcome::Error).size(10, 10).record();
    HoldEvent::new(&pool, CallSite::here(), MILLI).record();
    let cache = Name::new("products");
    CacheEvent::new(&cache, CacheTier::Local, CacheOutcome::Hit).record();
    CacheEvent::new(&cache, CacheTier::Loader, CacheOutcome::Hit).duration(30 * MILLI).record();
    CacheEvent::new(&cache, CacheTier::Remote, CacheOutcome::Error).duration(MILLI).record();
    // Two fit.
    for target in ["GET suppliers /price/{id}", "the weather", "POST mail"] {
        CallEvent::new(&Name::new(target), MILLI, EventOutcome::Cancelled).record();
    }
}
