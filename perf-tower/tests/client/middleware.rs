//! The middleware for reqwest names and counts as the layer does.

use std::time::Duration;

use crate::server::{calls_of, counts, serve};
use http::Extensions;
use perf_tower::{PerfMiddleware, Route};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use tokio::net::TcpListener;

fn client() -> ClientWithMiddleware {
    let http = reqwest::Client::new();
    ClientBuilder::new(http).with(PerfMiddleware::new()).build()
}

#[tokio::test]
async fn an_answer_read_to_its_end_counts_by_its_status() {
    let (address, _) = serve().await;
    for (path, expected) in [
        ("/price/7", [1, 0, 0, 0]),
        ("/chunked", [1, 0, 0, 0]),
        ("/empty", [1, 0, 0, 0]),
        ("/no-such-thing", [1, 1, 0, 0]),
        ("/broken", [1, 1, 0, 0]),
        ("/short", [1, 1, 0, 0]),
    ] {
        let calls = calls_of(async {
            let url = format!("http://{address}{path}");
            let response = client().get(&url).send().await.expect("an answer");
            assert_eq!(response.url().as_str(), url);
            assert_eq!(response.remote_addr(), Some(address));
            _ = response.bytes().await;
        });
        assert_eq!(counts(&calls.await), expected, "{path}");
    }
}

#[tokio::test]
async fn an_answer_dropped_before_its_end_is_cancelled_unless_it_tells_of_a_failure() {
    let (address, _) = serve().await;
    let asked = async |path| {
        _ = client().get(format!("http://{address}{path}")).send().await.expect("an answer");
    };
    assert_eq!(counts(&calls_of(asked("/endless")).await), [1, 0, 1, 0]);
    assert_eq!(counts(&calls_of(asked("/broken")).await), [1, 1, 0, 0]);
    assert_eq!(counts(&calls_of(asked("/empty")).await), [1, 0, 0, 0]);
    let head = async {
        _ = client().head(format!("http://{address}/price/7")).send().await.expect("an answer");
    };
    assert_eq!(counts(&calls_of(head).await), [1, 0, 0, 0]);
}

#[tokio::test]
async fn a_call_given_up_before_the_head_is_cancelled() {
    let (address, asked) = serve().await;
    let calls = calls_of(async {
        tokio::select! {
            _ = client().get(format!("http://{address}/never")).send() => panic!("no answer comes"),
            () = asked.notified() => {}
        }
    });
    assert_eq!(counts(&calls.await), [1, 0, 1, 0]);
}

#[tokio::test]
async fn errors_before_the_head_and_time_outs_in_the_body_keep_their_kind() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let refused = listener.local_addr().expect("bound");
    drop(listener);
    let calls = calls_of(async {
        let error = client().get(format!("http://{refused}/")).send().await;
        assert!(error.expect_err("nobody listens").is_connect());
    });
    assert_eq!(counts(&calls.await), [1, 1, 0, 0]);

    let (address, _) = serve().await;
    let calls = calls_of(async {
        let endless = client().get(format!("http://{address}/endless"));
        let response = endless.timeout(Duration::from_millis(200)).send().await;
        let error = response.expect("a head").bytes().await.expect_err("no end");
        assert!(error.is_timeout(), "{error:?}");
    });
    assert_eq!(counts(&calls.await), [1, 1, 0, 0]);
}

#[tokio::test]
async fn names_hold_the_template_and_neither_ids_nor_a_password() {
    let (address, _) = serve().await;
    let calls = calls_of(async {
        for id in 0..20 {
            let request =
                client().get(format!("http://user:secret@{address}/price/{id}?key=secret"));
            let response = request.with_extension(Route::new("/price/{id}")).send().await;
            assert_eq!(response.expect("an answer").text().await.expect("read"), "120");
        }
    });
    let calls = calls.await;
    assert_eq!(counts(&calls), [20, 0, 0, 0]);
    assert_eq!(calls[0].target, format!("GET {address} /price/{{id}}"));
}

/// Tries again until the answer is no failure, as the middlewares made for it do.
struct Retry;

#[async_trait::async_trait]
impl Middleware for Retry {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        loop {
            let again = request.try_clone().expect("no body");
            let response = next.clone().run(again, extensions).await?;
            if !response.status().is_server_error() {
                return Ok(response);
            }
        }
    }
}

#[tokio::test]
async fn tries_after_the_first_are_retries() {
    let (address, _) = serve().await;
    let http = reqwest::Client::new();
    let client = ClientBuilder::new(http).with(Retry).with(PerfMiddleware::new()).build();
    let calls = calls_of(async {
        for _ in 0..2 {
            let response = client.get(format!("http://{address}/flaky")).send().await;
            assert_eq!(response.expect("an answer").text().await.expect("read"), "now");
        }
    });
    assert_eq!(counts(&calls.await), [4, 2, 0, 2]);
}
