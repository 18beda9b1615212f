use std::mem;

use http::{Extensions, Uri};
use perf_core::EventOutcome;
use reqwest::{Body, Request, Response, ResponseBuilderExt, Url};
use reqwest_middleware::{Middleware, Next};

use super::answer::{Answer, Protocol};
use super::call::Calls;
use super::{Attempts, ResponseBody};
use crate::Route;
use crate::body_end::Asked;

/// Records every request of a `reqwest_middleware` client, by the rules of the [module](super).
///
/// ```
/// use perf_tower::{PerfMiddleware, Route};
/// use reqwest_middleware::ClientBuilder;
///
/// # async fn quote() -> Result<(), reqwest_middleware::Error> {
/// let client = ClientBuilder::new(reqwest::Client::new()).with(PerfMiddleware::new()).build();
/// let price = client
///     .get("http://suppliers.internal/price/7")
///     .with_extension(Route::new("/price/{id}"))
///     .send()
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// [`Route`] and [`CallSite`](perf_core::CallSite) go into the request by `with_extension`. After a
/// middleware that retries, the tries are counted without anything more: all of them have the same
/// extensions. So do requests that are sent with one set of extensions by hand, and those count as
/// retries too.
///
/// Redirects that reqwest follows are part of the one call. The body is wrapped: an error of the body
/// is one level further down in `source()`, and still answers to `is_timeout`.
#[derive(Clone, Debug, Default)]
#[must_use = "a middleware does nothing until a client has it"]
pub struct PerfMiddleware {
    calls: Calls,
}

impl PerfMiddleware {
    /// A middleware that names targets by method and host, and by the request's [`Route`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the template of a request that carries no [`Route`]. Defaults to none.
    pub fn route(self, route: impl Fn(&Uri) -> Option<Route> + Send + Sync + 'static) -> Self {
        Self { calls: self.calls.route(route) }
    }
}

#[async_trait::async_trait]
impl Middleware for PerfMiddleware {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        extensions.get_or_insert_default::<Attempts>();
        let (method, headers) = (request.method(), request.headers());
        let (asked, protocol) = (Asked::by(method), Protocol::of(headers));
        // What is no URI to the http crate is none to reqwest, which says so in its error.
        let uri = request.url().as_str().parse().unwrap_or_default();
        let call = self.calls.begin(method, &uri, headers, extensions);
        match next.run(request, extensions).await {
            Ok(response) => {
                let url = response.url().clone();
                let response = http::Response::from(response);
                let answer = Answer::of(&response, protocol, asked);
                let body = |body| Body::wrap(ResponseBody::new(body, Some(call), answer));
                Ok(with_url(response.map(body), url))
            }
            Err(error) => {
                call.end(EventOutcome::Error);
                Err(error)
            }
        }
    }
}

/// reqwest's response from its parts, of which the URL is one that it keeps to itself.
fn with_url(mut response: http::Response<Body>, url: Url) -> Response {
    let mut only_url = http::Response::builder().url(url);
    if let Some(extensions) = only_url.extensions_mut() {
        response.extensions_mut().extend(mem::take(extensions));
    }
    response.into()
}
