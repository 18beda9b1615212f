//! No id, no secret and no flood of hosts gets into the names of targets.

use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;

use crate::server::{calls_of, counts, http_client, request, serve};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;
use perf_core::{Label, Recorder};
use perf_tower::client::PerfClient;
use perf_tower::{PerfClientLayer, Route};
use tower::{Layer, ServiceExt, service_fn};

trait Connector: Connect + Clone + Send + Sync + 'static {}

impl<C: Connect + Clone + Send + Sync + 'static> Connector for C {}

async fn ask(
    client: &PerfClient<Client<impl Connector, Empty<Bytes>>>,
    request: Request<Empty<Bytes>>,
) {
    let response = client.clone().oneshot(request).await.expect("an answer");
    response.into_body().collect().await.expect("read");
}

#[tokio::test]
async fn paths_with_ids_make_one_series() {
    let (address, _) = serve().await;
    let client = PerfClientLayer::new().layer(http_client());
    let calls = calls_of(async {
        for id in 0..20 {
            let mut request = request(address, &format!("/price/{id}?key=secret"));
            request.extensions_mut().insert(Route::new("/price/{id}"));
            ask(&client, request).await;
        }
    });
    let calls = calls.await;
    assert_eq!(counts(&calls), [20, 0, 0, 0]);
    assert_eq!(calls[0].target, format!("GET {address} /price/{{id}}"));
}

#[tokio::test]
async fn without_a_route_the_layers_function_names_the_target_and_else_the_host_alone_does() {
    let (address, _) = serve().await;
    let layer = PerfClientLayer::new()
        .route(|uri| uri.path().starts_with("/price/").then_some(Route::new("/price/{id}")));
    let client = layer.layer(http_client());
    let calls = calls_of(async {
        ask(&client, request(address, "/price/7")).await;
        ask(&client, request(address, "/chunked")).await;
        let mut explicit = request(address, "/price/7");
        explicit.extensions_mut().insert(Route::new("/price/of-the-day"));
        ask(&client, explicit).await;
    });
    let mut targets: Vec<_> = calls.await.into_iter().map(|call| call.target).collect();
    targets.sort();
    let templates = ["", " /price/of-the-day", " /price/{id}"];
    assert_eq!(targets, templates.map(|template| format!("GET {address}{template}")));
}

#[tokio::test]
async fn user_and_password_of_a_uri_are_not_shown() {
    let (address, _) = serve().await;
    let client = PerfClientLayer::new().layer(http_client());
    let calls = calls_of(async {
        let uri = format!("http://user:secret@{address}/price/7");
        ask(&client, Request::get(uri).body(Empty::new()).expect("a request")).await;
    });
    assert_eq!(calls.await[0].target, format!("GET {address}"));
}

/// A client for which every host is the one at `address`.
fn client_of_one_address(address: SocketAddr) -> Client<impl Connector, Empty<Bytes>> {
    let resolver = service_fn(move |_| ready(Ok::<_, Infallible>([address].into_iter())));
    let connector = HttpConnector::new_with_resolver(resolver);
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

#[tokio::test]
async fn a_thousand_hosts_are_bounded_and_the_rest_is_counted() {
    let (address, _) = serve().await;
    let client = PerfClientLayer::new().layer(client_of_one_address(address));
    let recorder = Recorder::builder().names(50).build();
    let asked = recorder.scope(Label::job("webhooks")).run(async {
        for n in 0..1_000 {
            let uri = format!("http://host-{n}.test:{}/price/7", address.port());
            ask(&client, Request::get(uri).body(Empty::new()).expect("a request")).await;
        }
    });
    asked.await;
    let calls = recorder.snapshot().calls;
    assert_eq!(calls.len(), 51);
    let other = calls.iter().find(|call| call.target == "_other").expect("the rest");
    assert_eq!(other.duration.count, 950);
}
