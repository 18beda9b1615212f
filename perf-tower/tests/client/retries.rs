//! Each try is a call, and all but the first are retries.

use std::future::{Ready, ready};

use crate::server::{calls_of, counts, http_client, request, serve};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use perf_tower::PerfClientLayer;
use perf_tower::client::Attempts;
use tower::retry::{Policy, RetryLayer};
use tower::{ServiceBuilder, ServiceExt};

#[derive(Clone)]
struct UntilSuccess;

impl<B, E> Policy<Request<Empty<Bytes>>, Response<B>, E> for UntilSuccess {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Empty<Bytes>>,
        result: &mut Result<Response<B>, E>,
    ) -> Option<Ready<()>> {
        let is_failure = result.as_ref().is_ok_and(|response| response.status().is_server_error());
        is_failure.then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<Empty<Bytes>>) -> Option<Request<Empty<Bytes>>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn tries_after_the_first_are_retries_of_their_target_when_attempts_are_counted() {
    for (counts_attempts, expected) in [(true, [4, 2, 0, 2]), (false, [4, 2, 0, 0])] {
        let (address, _) = serve().await;
        let count = move |request| match counts_attempts {
            true => Attempts::count(request),
            false => request,
        };
        let client = ServiceBuilder::new()
            .map_request(count)
            .layer(RetryLayer::new(UntilSuccess))
            .layer(PerfClientLayer::new())
            .service(http_client());
        let calls = calls_of(async {
            // Two failures and a success, and then a request that needs no retry.
            for _ in 0..2 {
                let response = client.clone().oneshot(request(address, "/flaky")).await;
                let body = response.expect("an answer").into_body().collect().await.expect("read");
                assert_eq!(body.to_bytes(), "now");
            }
        });
        assert_eq!(counts(&calls.await), expected);
    }
}
