use http::{Method, Request};
use perf_core::Label;

/// The template under which a request is counted, as a request extension.
///
/// For services that no router marked, and for routes whose template says too little: a layer
/// outside of [`PerfLayer`](super::PerfLayer) inserts it, and it wins over axum's `MatchedPath`.
/// Requests to other services carry one for [`PerfClientLayer`](crate::PerfClientLayer).
///
/// ```
/// use perf_tower::Route;
///
/// let mut request = http::Request::get("/orders/42").body(()).unwrap();
/// request.extensions_mut().insert(Route::new("/orders/{id}"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(&'static str);

impl Route {
    /// The route with this template.
    pub fn new(template: &'static str) -> Self {
        Self(template)
    }

    pub(crate) fn template(self) -> &'static str {
        self.0
    }
}

/// OpenTelemetry's name for a method that is not in the list.
pub(crate) const OTHER_METHOD: &str = "_OTHER";

/// One series for every request without a template, whatever its method and path.
pub(super) const UNMATCHED: Label<'static> = Label::request(OTHER_METHOD, "_unmatched");

pub(super) fn label<'a>(by: &Method, template: Option<&'a str>) -> Label<'a> {
    match template {
        Some(template) => Label::request(method(by), template),
        None => UNMATCHED,
    }
}

pub(super) fn given<Q>(request: &Request<Q>) -> Option<&str> {
    request.extensions().get::<Route>().map(|route| route.0)
}

#[cfg(feature = "axum")]
pub(crate) fn matched<Q>(request: &Request<Q>) -> Option<&str> {
    request.extensions().get::<axum::extract::MatchedPath>().map(|matched| matched.as_str())
}

#[cfg(not(feature = "axum"))]
pub(crate) fn matched<Q>(_: &Request<Q>) -> Option<&str> {
    None
}

/// The methods of RFC 9110 and PATCH (RFC 5789); any other text could be anything.
pub(crate) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::PATCH => "PATCH",
        _ => OTHER_METHOD,
    }
}
