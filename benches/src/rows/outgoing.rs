//! What a layer adds to a request to another service, which answers in process.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use perf_tower::{PerfClientLayer, Route};
use tokio::runtime::{Builder, Runtime};
use tower::{Layer, Service, service_fn};
use tower_http::trace::TraceLayer;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "outgoing", run };

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().build()?;
    let runtime = &runtime;
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| requests(runtime, &mut service_fn(answer), repetitions)),
            Box::new(|repetitions| {
                let mut client = PerfClientLayer::new().layer(service_fn(answer));
                requests(runtime, &mut client, repetitions)
            }),
            Box::new(|repetitions| {
                let mut client = TraceLayer::new_for_http().layer(service_fn(answer));
                requests(runtime, &mut client, repetitions)
            }),
        ],
    );
    Ok(vec![Row::of_added("outgoing, tower-http TraceLayer", &rounds, Goal::Ratio(1.0))])
}

async fn answer(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::from("a price")))
}

fn requests<S, B>(runtime: &Runtime, client: &mut S, repetitions: u64) -> Duration
where
    S: Service<Request<Body>, Response = Response<B>>,
    B: axum::body::HttpBody,
{
    runtime.block_on(async {
        let started = Instant::now();
        for _ in 0..repetitions {
            let uri = "http://prices.internal/price/7";
            let mut request = Request::get(uri).body(Body::empty()).expect("valid");
            request.extensions_mut().insert(Route::new("/price/{id}"));
            let Ok(response) = client.call(request).await else { panic!("the answer is no error") };
            let Ok(body) = response.into_body().collect().await else { panic!("a whole body") };
            drop(body);
        }
        started.elapsed()
    })
}
