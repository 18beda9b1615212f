//! What the services that describe the inside have in common: whom they refuse, and their headers.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use crate::report::Authorize;

/// The answer to callers who may not read `what`, or who want to do something else with it.
pub(crate) fn refusal(
    request: &Parts,
    authorize: &Authorize,
    what: &str,
) -> Option<Response<Full<Bytes>>> {
    if !authorize.allows(request) {
        return Some(plain(StatusCode::FORBIDDEN, format!("{what} is not for this caller\n")));
    }
    if ![Method::GET, Method::HEAD].contains(&request.method) {
        let mut response =
            plain(StatusCode::METHOD_NOT_ALLOWED, format!("{what} is read by GET\n"));
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    None
}

pub(crate) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", text)
}

pub(crate) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
