//! A recorded request costs one allocation, whatever is noted of it.

use std::convert::Infallible;
use std::future::ready;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use perf_core::alloc::{self, Counting};
use perf_core::{Outcome, Recorder};
use perf_tower::{Authorize, PerfLayer, Route};
use tower::{Layer, Service, service_fn};

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

fn request(is_grpc: bool) -> Request<()> {
    let request = Request::post("/shop.Orders/Get")
        .header("content-length", "100")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("content-type", if is_grpc { "application/grpc" } else { "text/plain" });
    let mut request = request.body(()).expect("valid");
    if !is_grpc {
        request.extensions_mut().insert(Route::new("/orders/{id}"));
    }
    request
}

fn answer(request: &Request<()>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"hello")));
    let kind = request.headers()["content-type"].clone();
    response.headers_mut().insert("content-type", kind);
    response.headers_mut().insert("grpc-status", http::HeaderValue::from_static("0"));
    response
}

/// Allocations from the call to the end of the body, of most requests once everything is warm.
/// A single one may cost more: the slowest are kept whole, and a busy machine chooses which.
fn allocations<S, B>(mut service: S, is_grpc: bool) -> u64
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes>,
{
    let mut counts = [0; 100];
    for count in &mut counts {
        let request = request(is_grpc);
        let before = alloc::so_far();
        let Ok(response) = service.call(request).now_or_never().expect("ready");
        let mut body = pin!(response.into_body());
        while body.as_mut().frame().now_or_never().expect("ready").is_some() {}
        *count = (alloc::so_far() - before).count;
    }
    counts.sort_unstable();
    counts[counts.len() / 2]
}

#[test]
fn a_request_costs_one_allocation() {
    for is_grpc in [false, true] {
        let service =
            || service_fn(|request: Request<()>| ready(Ok::<_, Infallible>(answer(&request))));
        let bare = allocations(service(), is_grpc);
        let recorder = Recorder::builder().build();
        let layer = PerfLayer::new(&recorder);
        assert_eq!(allocations(layer.layer(service()), is_grpc) - bare, 1);
        let layer = layer
            .skip(["/healthz"])
            .one_in(1, ["/orders/{id}"])
            .route_by(|_| None::<&'static str>)
            .server_timing(Authorize::by(|_| false));
        assert_eq!(allocations(layer.layer(service()), is_grpc) - bare, 1, "with every setting");
        let snapshot = recorder.snapshot();
        let ok: u64 =
            snapshot.routes.iter().filter_map(|route| route.outcomes.get(&Outcome::Ok)).sum();
        assert_eq!(ok, 200);
    }
}

#[test]
fn what_a_handler_allocates_counts_for_its_route() {
    let recorder = Recorder::builder().build();
    let service = service_fn(|_: Request<()>| async {
        let text = String::from("hello");
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text))))
    });
    allocations(PerfLayer::new(&recorder).layer(service), false);
    let allocated = recorder.snapshot().routes[0].allocations;
    assert!(allocated.count >= 100 && allocated.bytes >= 500, "{allocated:?}");
}
